/* SPDX-License-Identifier: BSD-3-Clause */
#include "details.h"

#include <inttypes.h>
#include <stdlib.h>
#include <zmalloc/limit.h>

#include "tools/common/printable.h"
#include "tools/common/units.h"

int zm_details_read(const struct zm_live_source *source, struct zm_details *out)
{
    *out = (struct zm_details){0};
    int status = zm_live_limits(source, &out->limits);
    if (status == 0)
        status = zm_live_numbers(source, &out->numbers, &out->number_count);
    if (status == 0)
        status = zm_live_threads(source, &out->threads, &out->thread_count);
    if (status == 0)
        status = zm_heaps_read(source, &out->heaps);
    if (status != 0)
        zm_details_free(out);
    return status;
}

void zm_details_free(struct zm_details *details)
{
    free(details->numbers);
    free(details->threads);
    zm_heaps_free(&details->heaps);
    *details = (struct zm_details){0};
}

/* ---- text ---- */

static const char *bytes(uint64_t value, char *buf, size_t size)
{
    return value ? zm_with_unit(ZM_BYTES, (double)value, buf, size) : "none";
}

static void put_limits(const struct zm_live_limits *limits, FILE *out)
{
    char soft[32], hard[32], reclaimed[32];
    if (!limits->soft && !limits->hard) {
        fputs("no limit\n", out);
        return;
    }
    fprintf(out, "limit of %s: soft %s, hard %s\n",
            limits->of == ZMALLOC_LIMIT_RSS ? "RSS" : "used memory",
            bytes(limits->soft, soft, sizeof soft), bytes(limits->hard, hard, sizeof hard));
    fprintf(out, "  %" PRIu64 " reclaims gave back %s; %" PRIu64 " allocations refused\n",
            limits->reclaims,
            zm_with_unit(ZM_BYTES, (double)limits->reclaimed, reclaimed, sizeof reclaimed),
            limits->refused);
}

static void put_thread(const struct zm_live_thread *thread, FILE *out)
{
    char name[256], allocated[32], freed[32], allocs[32];
    zm_printable(thread->name, name, sizeof name);
    fprintf(out, "%9" PRIu32 " %10s %10s %9s %s\n", thread->tid,
            zm_with_unit(ZM_BYTES, (double)thread->allocated, allocated, sizeof allocated),
            zm_with_unit(ZM_BYTES, (double)thread->freed, freed, sizeof freed),
            zm_with_unit(ZM_COUNT, (double)thread->allocs, allocs, sizeof allocs), name);
}

void zm_details_text(const struct zm_details *details, FILE *out)
{
    put_limits(&details->limits, out);
    zm_heaps_text(&details->heaps, out);
    for (size_t i = 0; i < details->number_count; i++)
        fprintf(out, "%-47s %20" PRIu64 "\n", details->numbers[i].name, details->numbers[i].value);
    fputs("   thread  allocated      freed    allocs name\n", out);
    for (size_t i = 0; i < details->thread_count; i++)
        put_thread(&details->threads[i], out);
}

/* ---- JSON ---- */

static json_t *limits_object(const struct zm_live_limits *limits)
{
    return json_pack("{s:s, s:I, s:I, s:I, s:I, s:I}", "of",
                     limits->of == ZMALLOC_LIMIT_RSS ? "rss" : "used", "soft_bytes",
                     (json_int_t)limits->soft, "hard_bytes", (json_int_t)limits->hard, "reclaims",
                     (json_int_t)limits->reclaims, "reclaimed_bytes", (json_int_t)limits->reclaimed,
                     "refused", (json_int_t)limits->refused);
}

/* Integers end at 2^63 - 1 here; beyond it a number loses its last digits, not its sign. */
static json_t *number(uint64_t value)
{
    return value <= INT64_MAX ? json_integer((json_int_t)value) : json_real((double)value);
}

static json_t *numbers_object(const struct zm_details *details)
{
    json_t *object = json_object();
    for (size_t i = 0; object && i < details->number_count; i++)
        json_object_set_new(object, details->numbers[i].name, number(details->numbers[i].value));
    return object;
}

static json_t *threads_array(const struct zm_details *details)
{
    json_t *array = json_array();
    for (size_t i = 0; array && i < details->thread_count; i++) {
        const struct zm_live_thread *t = &details->threads[i];
        char name[256];
        json_array_append_new(array,
                              json_pack("{s:I, s:s, s:I, s:I, s:I}", "tid", (json_int_t)t->tid,
                                        "name", zm_printable(t->name, name, sizeof name),
                                        "allocated_bytes", (json_int_t)t->allocated, "freed_bytes",
                                        (json_int_t)t->freed, "allocs", (json_int_t)t->allocs));
    }
    return array;
}

json_t *zm_details_json(const struct zm_details *details)
{
    return json_pack("{s:o, s:o, s:o, s:o}", "limits", limits_object(&details->limits), "heaps",
                     zm_heaps_json(&details->heaps), "published", numbers_object(details),
                     "per_thread", threads_array(details));
}
