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
    UINT64_MAX /* as a standard value: the number of processors, within the bounds */

struct zm_parameter {
    const char *name, *help;
    uint64_t standard, quick; /* 0 for quick: the same as standard */
    uint64_t min, max;
};

struct zm_run {
    const uint64_t *values; /* of the parameters, in the same order */
    uint64_t seed;
    bool sized;
};

struct zm_pattern {
    const char *name, *summary;
    struct zm_parameter parameters[ZM_PARAMETERS_MAX + 1]; /* the last one has no name */
    const char *variants[4]; /* parameters to run it with besides, in one string each */
    void (*run)(const struct zm_run *run);
    const char *(*refuse)(const uint64_t *values); /* says why values do not go together, or NULL;
                                                      may be NULL itself */
};

/* Zeroed memory that is not from the allocator. */
void *zm_pages(size_t bytes);

typedef void zm_body(struct zm_worker *w, void *shared);

/* Runs `body` on `threads` workers that begin together. A single worker runs on the first thread,
 * and the process never has a second one. `generations` threads follow one another as each
 * worker. */
void zm_run_threads(const struct zm_run *run, unsigned threads, unsigned generations, zm_body *body,
                    void *shared);

/* The same, but all threads of a generation end before the next one begins. */
void zm_run_rounds(const struct zm_run *run, unsigned threads, unsigned rounds, zm_body *body,
                   void *shared);

/* The worker of the first thread, for what is done before and after the others. */
struct zm_worker *zm_main_worker(void);

/* A place where threads swap blocks. It is only held while they are copied. */
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
