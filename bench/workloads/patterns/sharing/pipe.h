/* Batches of blocks from one thread to one other, without a copy.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BENCH_WORKLOADS_PATTERNS_PIPE_H
#define ZM_BENCH_WORKLOADS_PATTERNS_PIPE_H

#include "bench/workloads/blocks.h"

struct zm_pipe;

/* Up to `depth` batches of `batch` blocks lie in it. */
struct zm_pipe *zm_pipe_new(size_t batch, size_t depth);

/* Room for the next batch; NULL while there is none, unless `wait`. */
struct zm_held_block *zm_pipe_room(struct zm_pipe *pipe, bool wait);
/* The batch in it is whole. */
void zm_pipe_put(struct zm_pipe *pipe, size_t count);
/* Nothing more will come. */
void zm_pipe_close(struct zm_pipe *pipe);

/* The oldest batch. NULL while there is none; with `wait`, once there will never be one again. */
struct zm_held_block *zm_pipe_batch(struct zm_pipe *pipe, size_t *count, bool wait);
/* It may be written over. */
void zm_pipe_done(struct zm_pipe *pipe);

#endif
