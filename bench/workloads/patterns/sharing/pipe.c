/* A ring of batches under a lock, which each side takes twice for each batch.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "pipe.h"

#include <pthread.h>

#include "bench/workloads/frame.h"

struct zm_pipe {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    size_t batch, depth;
    size_t put, done; /* numbers of batches since the beginning */
    bool closed;
    size_t *counts;
    struct zm_held_block *blocks;
};

struct zm_pipe *zm_pipe_new(size_t batch, size_t depth)
{
    struct zm_pipe *pipe = zm_pages(sizeof *pipe);
    pthread_mutex_init(&pipe->lock, NULL);
    pthread_cond_init(&pipe->changed, NULL);
    pipe->batch = batch;
    pipe->depth = depth;
    pipe->counts = zm_pages(depth * sizeof *pipe->counts);
    pipe->blocks = zm_pages(depth * batch * sizeof *pipe->blocks);
    return pipe;
}

struct zm_held_block *zm_pipe_room(struct zm_pipe *pipe, bool wait)
{
    pthread_mutex_lock(&pipe->lock);
    while (wait && pipe->put - pipe->done == pipe->depth)
        pthread_cond_wait(&pipe->changed, &pipe->lock);
    bool full = pipe->put - pipe->done == pipe->depth;
    size_t next = pipe->put % pipe->depth;
    pthread_mutex_unlock(&pipe->lock);
    return full ? NULL : pipe->blocks + next * pipe->batch;
}

static void change(struct zm_pipe *pipe, size_t *counter)
{
    pthread_mutex_lock(&pipe->lock);
    ++*counter;
    pthread_cond_signal(&pipe->changed);
    pthread_mutex_unlock(&pipe->lock);
}

void zm_pipe_put(struct zm_pipe *pipe, size_t count)
{
    pipe->counts[pipe->put % pipe->depth] = count;
    change(pipe, &pipe->put);
}

void zm_pipe_done(struct zm_pipe *pipe)
{
    change(pipe, &pipe->done);
}

void zm_pipe_close(struct zm_pipe *pipe)
{
    pthread_mutex_lock(&pipe->lock);
    pipe->closed = true;
    pthread_cond_signal(&pipe->changed);
    pthread_mutex_unlock(&pipe->lock);
}

struct zm_held_block *zm_pipe_batch(struct zm_pipe *pipe, size_t *count, bool wait)
{
    pthread_mutex_lock(&pipe->lock);
    while (wait && pipe->put == pipe->done && !pipe->closed)
        pthread_cond_wait(&pipe->changed, &pipe->lock);
    bool empty = pipe->put == pipe->done;
    size_t next = pipe->done % pipe->depth;
    *count = empty ? 0 : pipe->counts[next];
    pthread_mutex_unlock(&pipe->lock);
    return empty ? NULL : pipe->blocks + next * pipe->batch;
}
