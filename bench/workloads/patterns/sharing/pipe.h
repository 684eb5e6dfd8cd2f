/* Batches of blocks that one thread passes on to one other without copying them.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BENCH_WORKLOADS_PATTERNS_SHARING_PIPE_H
#define ZM_BENCH_WORKLOADS_PATTERNS_SHARING_PIPE_H

#include "bench/workloads/blocks.h"

struct zm_pipe;

/* A pipe that has room for `depth` batches of `batch` blocks. */
struct zm_pipe *zm_pipe_new(size_t batch, size_t depth);

/* Room for the next batch. If there is none, this waits, or without `wait` returns NULL. */
struct zm_held_block *zm_pipe_room(struct zm_pipe *pipe, bool wait);
/* Passes the batch on, once it is complete. */
void zm_pipe_put(struct zm_pipe *pipe, size_t count);
/* Says that nothing more will come. */
void zm_pipe_close(struct zm_pipe *pipe);

/* The oldest batch. If there is none, this returns NULL, or with `wait` waits until there is one;
 * then NULL means that nothing more will come. */
struct zm_held_block *zm_pipe_batch(struct zm_pipe *pipe, size_t *count, bool wait);
/* Gives the room of the oldest batch back. */
void zm_pipe_done(struct zm_pipe *pipe);

#endif
