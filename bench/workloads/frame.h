/* What a workload is, and the threads it runs on.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BENCH_WORKLOADS_FRAME_H
#define ZM_BENCH_WORKLOADS_FRAME_H

#include <sched.h>

#include "blocks.h"

#define ZM_PARAMETERS_MAX 8
#define ZM_THREADS_MAX    1024
#define ZM_PROCESSORS \
    UINT64_MAX /* a parameter's standard: as many as there are, within its bounds */

struct zm_parameter {
    const char *name, *help;
    uint64_t standard, quick; /* quick 0: as standard */
    uint64_t min, max;
};

struct zm_run {
    const uint64_t *values; /* of the parameters, in their order */
    uint64_t seed;
    bool sized;
};

struct zm_pattern {
    const char *name, *summary;
    struct zm_parameter parameters[ZM_PARAMETERS_MAX + 1]; /* up to one without a name */
    const char *variants[4]; /* what else it is run with, one string each */
    void (*run)(const struct zm_run *run);
    const char *(*refuse)(const uint64_t *values); /* NULL, or why values do not go together */
};

/* Zeroed memory that no allocator sees. */
void *zm_pages(size_t bytes);

typedef void zm_body(struct zm_worker *w, void *shared);

/* Runs `body` on `threads` workers, begun together at a barrier; one alone runs on the first thread
 * of a process that never had a second. `generations` threads follow one another as each worker. */
void zm_run_threads(const struct zm_run *run, unsigned threads, unsigned generations, zm_body *body,
                    void *shared);

/* The same with all threads of a generation ending before the next begins. */
void zm_run_rounds(const struct zm_run *run, unsigned threads, unsigned rounds, zm_body *body,
                   void *shared);

/* The first thread's worker: for what comes before and after the others. */
struct zm_worker *zm_main_worker(void);

/* A place where threads swap blocks. Nobody holds it for longer than a copy. */
struct zm_place {
    char held;
    struct zm_held_block block;
};

static inline void zm_swap(struct zm_place *place, struct zm_held_block *block)
{
    while (__atomic_test_and_set(&place->held, __ATOMIC_ACQUIRE))
        sched_yield();
    struct zm_held_block found = place->block;
    place->block = *block;
    *block = found;
    __atomic_clear(&place->held, __ATOMIC_RELEASE);
}

/* ---- for the program around the workload ---- */

struct zm_totals;

void zm_frame_begin(const struct zm_run *run);
void zm_frame_end(struct zm_totals *out);

#endif
