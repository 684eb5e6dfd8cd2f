/* Passive false sharing. The first thread allocates an object for each of the others, side by side,
 * and they free them. If the allocator hands those places out to them again, they share cache lines
 * from then on.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "bench/workloads/frame.h"
#include "cache_lines.h"

enum { THREADS, OBJECTS, WRITES, SIZE };

struct state {
    const uint64_t *values;
    struct zm_held_block *given; /* one for each thread */
};

static void body(struct zm_worker *w, void *shared)
{
    const struct state *s = shared;
    zm_end(w, &s->given[w->index]);
    zm_write_objects(w, s->values[OBJECTS], s->values[SIZE], s->values[WRITES]);
}

static void run(const struct zm_run *run)
{
    size_t threads = run->values[THREADS];
    struct state s = {run->values, zm_pages(threads * sizeof *s.given)};
    for (size_t i = 0; i < threads; i++)
        zm_begin(zm_main_worker(), &s.given[i], run->values[SIZE]);
    zm_run_threads(run, (unsigned)threads, 1, body, &s);
}

const struct zm_pattern zm_pattern_cache_scratch = {
    .name = "cache-scratch",
    .summary = "P threads write to 1 B objects after freeing neighbours' (passive false sharing)",
    .parameters =
        {
            [THREADS] = {"threads", "", ZM_PROCESSORS, 0, 2, ZM_THREADS_MAX},
            [OBJECTS] = {"objects", "of a thread, one after the other", 1000, 300, 1,
                         UINT64_C(1) << 40},
            [WRITES] = {"writes", "to each byte of an object", 500000, 0, 1, UINT64_C(1) << 40},
            [SIZE] = {"size", "of an object", 1, 0, 1, 1 << 20},
        },
    .run = run,
};
