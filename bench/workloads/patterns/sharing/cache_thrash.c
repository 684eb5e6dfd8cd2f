/* Active false sharing. Threads allocate small objects at the same time. An allocator that serves
 * them from one place puts them on one cache line.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "bench/workloads/frame.h"
#include "cache_lines.h"

enum { THREADS, OBJECTS, WRITES, SIZE };

struct state {
    const uint64_t *values;
};

static void body(struct zm_worker *w, void *shared)
{
    const struct state *s = shared;
    zm_write_objects(w, s->values[OBJECTS], s->values[SIZE], s->values[WRITES]);
}

static void run(const struct zm_run *run)
{
    struct state s = {run->values};
    zm_run_threads(run, (unsigned)run->values[THREADS], 1, body, &s);
}

const struct zm_pattern zm_pattern_cache_thrash = {
    .name = "cache-thrash",
    .summary = "P threads write to 1 B objects allocated at the same time (active false sharing)",
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
