/* What a process tells of itself beside the sums: its limits, its own numbers, its threads.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "live.h"
#include "live_reading.h"
#include "processes.h"
#include "remote.h"

enum { MOST_NUMBERS = 1024 };

int zm_live_limits(const struct zm_live_source *source, struct zm_live_limits *out)
{
    return zm_remote_read(source->pid, &(struct zm_remote){source->page.limits, out, sizeof *out},
                          1);
}

/* ---- numbers ---- */

/* A number whose address is of no use is left out: it may just have been taken back. */
static size_t read_values(const struct zm_live_source *source,
                          const struct zm_live_published *table, size_t size,
                          struct zm_live_number *out)
{
    size_t count = 0;
    for (size_t i = 0; i < size; i++) {
        struct zm_live_number *number = &out[count];
        struct zm_remote part = {table[i].value, &number->value, sizeof number->value};
        if (!table[i].value || !zm_live_is_name(table[i].name) ||
            zm_remote_read(source->pid, &part, 1) != 0)
            continue;
        memcpy(number->name, table[i].name, sizeof number->name);
        count++;
    }
    return count;
}

int zm_live_numbers(const struct zm_live_source *source, struct zm_live_number **out, size_t *count)
{
    const struct zm_live *page = &source->page;
    *out = NULL;
    *count = 0;
    if (page->published_count > MOST_NUMBERS)
        return -EBADMSG;
    size_t size = (size_t)page->published_count;
    struct zm_live_published *table = calloc(size + 1, sizeof *table);
    struct zm_live_number *numbers = calloc(size + 1, sizeof *numbers);
    int status = -ENOMEM;
    if (table && numbers)
        status = zm_remote_read(
            source->pid, &(struct zm_remote){page->published, table, size * sizeof *table}, 1);
    if (status == 0) {
        *count = read_values(source, table, size, numbers);
        *out = numbers;
    } else {
        free(numbers);
    }
    free(table);
    return status;
}

/* ---- threads ---- */

static int largest_first(const void *a, const void *b)
{
    const struct zm_live_thread *one = a, *other = b;
    if (one->allocated != other->allocated)
        return one->allocated < other->allocated ? 1 : -1;
    return (one->tid > other->tid) - (one->tid < other->tid);
}

int zm_live_threads(const struct zm_live_source *source, struct zm_live_thread **out, size_t *count)
{
    struct zm_live_reading reading;
    int status = zm_live_reading_take(source, &reading);
    *out = NULL;
    *count = 0;
    if (status != 0)
        return status;
    struct zm_live_thread *all = malloc(reading.count * sizeof *all);
    for (uint32_t i = 0; all && i < reading.count; i++) {
        const struct zm_live_totals *t = &reading.totals[i];
        if (!t->taken)
            continue;
        all[*count] = (struct zm_live_thread){.tid = t->tid,
                                              .allocated = t->allocated - t->before_allocated,
                                              .freed = t->freed - t->before_freed,
                                              .allocs = t->allocs - t->before_allocs};
        if (t->tid)
            (void)zm_thread_name(source->pid, (pid_t)t->tid, all[*count].name,
                                 sizeof all[*count].name);
        ++*count;
    }
    zm_live_reading_free(&reading);
    if (!all)
        return -ENOMEM;
    qsort(all, *count, sizeof *all, largest_first);
    *out = all;
    return 0;
}
