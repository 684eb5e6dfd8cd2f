/* In each round, every variant runs once, in a new random order. Ratios are of runs in the same
 * round. Where its memory lies sets a process apart by more than its rounds differ: so there are
 * many processes of few rounds, and what is told is of their medians.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "rounds.h"

#include "process.h"
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

static double samples[ZM_VARIANTS][ZM_ROUNDS_MAX]; /* in ns, process by process */

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

/* Of the processes' medians. */
static struct zm_spread over_processes(const struct zm_rounds *how, double *values)
{
    double medians[ZM_ROUNDS_MAX];
    for (size_t p = 0; p < how->processes; p++)
        medians[p] = zm_spread(values + p * how->count, how->count).median;
    return zm_spread(medians, how->processes);
}

static struct zm_spread nanoseconds(const struct zm_rounds *how, int variant)
{
    double values[ZM_ROUNDS_MAX];
    memcpy(values, samples[variant], how->processes * how->count * sizeof *values);
    return over_processes(how, values);
}

static struct zm_spread ratio(const struct zm_rounds *how, int variant, int base)
{
    double values[ZM_ROUNDS_MAX];
    for (size_t i = 0; i < how->processes * how->count; i++)
        values[i] = samples[variant][i] / samples[base][i];
    return over_processes(how, values);
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
            "a2 to e: times a. Of each process the median of the ratios within a round; of these\n"
            "the median, in parentheses least and most. floor: %s, contained in every figure.\n"
            "A row whose a2 is far from 1 says nothing: there the same allocator differs from "
            "itself.\n%zu %s of %zu %s of %g ms, seed %llu\n\n",
            zm_variants[ZM_NO_OP]->text, how->processes,
            how->processes == 1 ? "process" : "processes", how->count,
            how->count == 1 ? "round" : "rounds", how->milliseconds, (unsigned long long)how->seed);
    fprintf(how->table, "%-13s%-10s%11s%6s  %-18s%-18s%6s%6s%6s%6s%9s\n", "operation", "bytes", "a",
            "a2", "b", "c", "d", "e", "b/d", "b/e", "floor");
}

static void print_spread(const struct zm_rounds *how, struct zm_spread s)
{
    char text[64];
    if (how->processes == 1) /* says nothing about others */
        snprintf(text, sizeof text, "%.2f", s.median);
    else
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
            "\"processes\":%zu,\"rounds\":%zu,\"seed\":%llu,\"ns\":%.4f,"
            "\"ratio\":%.4f,\"ratio_min\":%.4f,\"ratio_max\":%.4f,\"samples_ns\":[",
            how->version, operation, work->range->name, work->range->slots, work->threads,
            zm_variants[variant]->name, count, how->processes, how->count,
            (unsigned long long)how->seed, ns.median, times.median, times.min, times.max);
    for (size_t i = 0; i < how->processes * how->count; i++)
        fprintf(how->json, "%s%.4f", i ? "," : "", samples[variant][i]);
    fputs("]}\n", how->json);
    fflush(how->json);
}

/* ---- processes ---- */

/* A process writes how many operations a slice had, and then of each variant its samples. */
int zm_rounds_measure(const struct zm_rounds *how, const struct zm_work *work, FILE *out)
{
    zm_slice_prepare(work->range, how->seed);
    uint64_t count = calibrate(how, work);
    struct zm_random random = {how->seed + 1};
    for (size_t round = 0; round < how->count; round++) {
        size_t order[ZM_VARIANTS];
        zm_shuffle(&random, order, ZM_VARIANTS);
        for (size_t i = 0; i < ZM_VARIANTS; i++)
            if (wanted((int)order[i], work))
                samples[order[i]][round] = zm_slice(work, zm_variants[order[i]], count);
    }
    bool good = fwrite(&count, sizeof count, 1, out) == 1;
    for (int v = 0; good && v < ZM_VARIANTS; v++)
        good = fwrite(samples[v], sizeof *samples[v], how->count, out) == how->count;
    return good && fflush(out) == 0 ? 0 : -1;
}

static int take(const struct zm_rounds *how, size_t process, FILE *in, size_t *operations)
{
    uint64_t count;
    if (fread(&count, sizeof count, 1, in) != 1)
        return -1;
    if (process == 0 || count < *operations)
        *operations = (size_t)count; /* the least is told: each process finds its own */
    for (int v = 0; v < ZM_VARIANTS; v++)
        if (fread(&samples[v][process * how->count], sizeof *samples[v], how->count, in) !=
            how->count)
            return -1;
    return 0;
}

int zm_rounds_run(const struct zm_rounds *how, const char *operation, const struct zm_work *work)
{
    size_t count = 0;
    for (size_t p = 0; p < how->processes; p++) {
        struct zm_process process;
        int status = zm_process_start(&process, how, operation, work, p);
        if (status == 0)
            status = take(how, p, process.out, &count);
        if (zm_process_end(&process) != 0 || status != 0)
            return -1;
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
    return 0;
}
