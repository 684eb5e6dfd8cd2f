/* In each round, every variant runs once, in a new random order. Ratios are of runs in the same
 * round.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "rounds.h"

#include "tools/statistics/statistics.h"

#include <string.h>

const struct zm_variant *zm_variants[ZM_VARIANTS];

void zm_variants_list(void)
{
    zm_variants[ZM_DIRECT] = zm_variant_direct();
    zm_variants[ZM_STATIC] = zm_variant_static();
    zm_variants[ZM_PLAIN] = zm_variant_plain();
    zm_variants[ZM_CHOSEN] = zm_variant_chosen();
    zm_variants[ZM_FIXED] = zm_variant_fixed();
    zm_variants[ZM_REDIS7] = zm_variant_one_atomic();
    zm_variants[ZM_REDIS8] = zm_variant_padded_slots();
    zm_variants[ZM_NO_OP] = zm_variant_no_op();
}

/* A slice has at least so many operations, or batches of them, however long they take. */
#define FEWEST         64
#define FEWEST_BATCHES 8

static double samples[ZM_VARIANTS][ZM_ROUNDS_MAX]; /* in ns */

static bool wanted(int variant, const struct zm_work *work)
{
    switch (variant) {
    case ZM_PLAIN: /* is only different where the others pass the size on */
        return work->operation == ZM_SIZED;
    case ZM_NO_OP: /* is made for one thread */
        return work->threads == 1;
    default:
        return true;
    }
}

static struct zm_spread nanoseconds(const struct zm_rounds *how, int variant)
{
    double values[ZM_ROUNDS_MAX];
    memcpy(values, samples[variant], how->count * sizeof *values);
    return zm_spread(values, how->count);
}

static struct zm_spread ratio(const struct zm_rounds *how, int variant, int base)
{
    double values[ZM_ROUNDS_MAX];
    for (size_t i = 0; i < how->count; i++)
        values[i] = samples[variant][i] / samples[base][i];
    return zm_spread(values, how->count);
}

/* How many operations take as long as a slice should. */
static size_t calibrate(const struct zm_rounds *how, const struct zm_work *work)
{
    double wanted_ns = how->milliseconds * 1e6 / (work->cross ? 1 : work->threads);
    size_t fewest = work->cross ? FEWEST_BATCHES * work->range->slots : FEWEST;
    size_t count = fewest;
    for (;;) {
        double took = zm_slice(work, zm_variants[ZM_DIRECT], count) * (double)count;
        if (took >= wanted_ns / 8) {
            double exact = (double)count * wanted_ns / took;
            return exact < (double)fewest ? fewest : (size_t)exact;
        }
        count *= 4;
    }
}

/* ---- what is printed ---- */

void zm_rounds_head(const struct zm_rounds *how)
{
    fprintf(how->table, "%s: what accounting costs over the allocator called directly (a)\n",
            how->version);
    fprintf(how->table, "  a   %s, CPU time per operation\n  a2  %s\n",
            zm_variants[ZM_DIRECT]->text, zm_variants[ZM_STATIC]->text);
    fprintf(how->table, "  b   %s\n  c   %s\n", zm_variants[ZM_CHOSEN]->text,
            zm_variants[ZM_FIXED]->text);
    fprintf(how->table, "  d   %s\n  e   %s\n", zm_variants[ZM_REDIS7]->text,
            zm_variants[ZM_REDIS8]->text);
    fprintf(how->table,
            "a2 to e: times a; medians of the ratios within a round, in parentheses least\n"
            "and most. floor: %s, contained in every figure.\n"
            "A row whose a2 is far from 1 says nothing: there the same allocator differs from "
            "itself.\n%zu rounds of %g ms each, seed %llu\n\n",
            zm_variants[ZM_NO_OP]->text, how->count, how->milliseconds,
            (unsigned long long)how->seed);
    fprintf(how->table, "%-13s%-10s%11s%6s  %-18s%-18s%6s%6s%6s%6s%9s\n", "operation", "bytes", "a",
            "a2", "b", "c", "d", "e", "b/d", "b/e", "floor");
}

static void print_spread(const struct zm_rounds *how, struct zm_spread s)
{
    char text[64];
    snprintf(text, sizeof text, "%.2f (%.2f-%.2f)", s.median, s.min, s.max);
    fprintf(how->table, "  %-16s", text);
}

static void print_line(const struct zm_rounds *how, const char *operation,
                       const struct zm_work *work, int base)
{
    fprintf(how->table, "%-13s%-10s%8.1f ns%6.2f", operation, work->range->name,
            nanoseconds(how, base).median, ratio(how, ZM_STATIC, ZM_DIRECT).median);
    print_spread(how, ratio(how, ZM_CHOSEN, base));
    print_spread(how, ratio(how, ZM_FIXED, base));
    fprintf(how->table, "%6.2f%6.2f%6.2f%6.2f", ratio(how, ZM_REDIS7, base).median,
            ratio(how, ZM_REDIS8, base).median, ratio(how, ZM_CHOSEN, ZM_REDIS7).median,
            ratio(how, ZM_CHOSEN, ZM_REDIS8).median);
    if (wanted(ZM_NO_OP, work))
        fprintf(how->table, "%6.1f ns\n", nanoseconds(how, ZM_NO_OP).median);
    else
        fprintf(how->table, "%9s\n", "-");
}

static void write_json(const struct zm_rounds *how, const char *operation,
                       const struct zm_work *work, size_t count, int variant)
{
    struct zm_spread ns = nanoseconds(how, variant), times = ratio(how, variant, ZM_DIRECT);
    fprintf(how->json,
            "{\"format\":1,\"kind\":\"overhead\",\"backend\":\"%s\",\"operation\":\"%s\","
            "\"bytes\":\"%s\",\"slots\":%zu,\"threads\":%u,\"variant\":\"%s\",\"operations\":%zu,"
            "\"seed\":%llu,\"ns\":%.4f,\"ratio\":%.4f,\"ratio_min\":%.4f,\"ratio_max\":%.4f,"
            "\"samples_ns\":[",
            how->version, operation, work->range->name, work->range->slots, work->threads,
            zm_variants[variant]->name, count, (unsigned long long)how->seed, ns.median,
            times.median, times.min, times.max);
    for (size_t i = 0; i < how->count; i++)
        fprintf(how->json, "%s%.4f", i ? "," : "", samples[variant][i]);
    fputs("]}\n", how->json);
    fflush(how->json);
}

void zm_rounds_run(const struct zm_rounds *how, const char *operation, const struct zm_work *work)
{
    zm_slice_prepare(work->range, how->seed);
    size_t count = calibrate(how, work);
    struct zm_random random = {how->seed + 1};
    for (size_t round = 0; round < how->count; round++) {
        size_t order[ZM_VARIANTS];
        zm_shuffle(&random, order, ZM_VARIANTS);
        for (size_t i = 0; i < ZM_VARIANTS; i++)
            if (wanted((int)order[i], work))
                samples[order[i]][round] = zm_slice(work, zm_variants[order[i]], count);
    }
    print_line(how, operation, work, ZM_DIRECT);
    if (wanted(ZM_PLAIN, work)) {
        char name[32];
        snprintf(name, sizeof name, "%s/plain", operation);
        print_line(how, name, work, ZM_PLAIN);
    }
    for (int v = 0; how->json && v < ZM_VARIANTS; v++)
        if (wanted(v, work))
            write_json(how, operation, work, count, v);
}
