/* A process of its own for one work.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BENCH_OVERHEAD_PROCESS_H
#define ZM_BENCH_OVERHEAD_PROCESS_H

#include <stdio.h>
#include <sys/types.h>

#include "rounds.h"

struct zm_process {
    pid_t pid; /* 0: none was started */
    FILE *out; /* what it writes; NULL: none */
};

/* Starts this program once more, to measure `work` alone: see zm_rounds_measure. Returns 0 or -1.
 */
int zm_process_start(struct zm_process *process, const struct zm_rounds *how, const char *operation,
                     const struct zm_work *work, size_t number);

/* Waits for its end, whether it was started or not. Returns 0 if it ended well. */
int zm_process_end(struct zm_process *process);

#endif
