/* Buffers of a program that passes some of them on. Larger sizes are linearly rarer, and the
 * neighbour frees a share of all objects.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "bench/workloads/frame.h"
#include "pipe.h"

enum { THREADS, OPERATIONS, SLOTS, MIN, MAX, PASSED };
#define BATCH 64
#define DEPTH 64

struct state {
    const uint64_t *values;
    struct zm_held_block *slots; /* of all threads */
    struct zm_pipe **to;         /* to[i] leads to thread i */
};

/* Frees what has come; with `wait`, until nothing more will come. */
static void collect(struct zm_worker *w, struct zm_pipe *pipe, bool wait)
{
    size_t count;
    struct zm_held_block *blocks;
    while ((blocks = zm_pipe_batch(pipe, &count, wait))) {
        for (size_t i = 0; i < count; i++)
            zm_end(w, &blocks[i]);
        zm_pipe_done(pipe);
    }
}

/* A thread that waits for its neighbour must go on collecting, because that one may wait, too. */
static struct zm_held_block *find_room(struct zm_worker *w, struct zm_pipe *out, struct zm_pipe *in)
{
    struct zm_held_block *room;
    while (!(room = zm_pipe_room(out, false))) {
        collect(w, in, false);
        sched_yield();
    }
    return room;
}

static void take(struct zm_worker *w, struct zm_held_block *block, const uint64_t *values)
{
    size_t span = values[MAX] - values[MIN] + 1;
    size_t one = zm_draw_below(w, span), other = zm_draw_below(w, span);
    size_t size = values[MIN] + (one < other ? one : other);
    switch (zm_draw_below(w, 8)) {
    case 0:
        zm_take_zeroed(w, block, size);
        break;
    case 1:
        zm_take_aligned(w, block, (size_t)32 << zm_draw_below(w, 3), size);
        break;
    default:
        zm_take(w, block, size);
    }
    zm_stamp(w, block);
}

static void body(struct zm_worker *w, void *shared)
{
    const struct state *s = shared;
    size_t slots = s->values[SLOTS], passed = 0;
    struct zm_held_block *mine = s->slots + w->index * slots;
    struct zm_pipe *in = s->to[w->index], *out = s->to[(w->index + 1) % s->values[THREADS]];
    struct zm_held_block *room = zm_pipe_room(out, true);
    for (uint64_t i = 0; i < s->values[OPERATIONS]; i++) {
        struct zm_held_block *block = &mine[zm_draw_below(w, slots)];
        if (block->data && zm_draw_below(w, 100) < s->values[PASSED]) {
            room[passed++] = *block;
            if (passed == BATCH) {
                zm_pipe_put(out, passed);
                passed = 0;
                room = find_room(w, out, in);
                collect(w, in, false);
            }
        } else if (block->data) {
            zm_end(w, block);
        }
        take(w, block, s->values);
    }
    zm_pipe_put(out, passed);
    zm_pipe_close(out);
    collect(w, in, true);
    for (size_t i = 0; i < slots; i++)
        if (mine[i].data)
            zm_end(w, &mine[i]);
}

static void run(const struct zm_run *run)
{
    size_t threads = run->values[THREADS];
    struct state s = {run->values, zm_pages(threads * run->values[SLOTS] * sizeof *s.slots),
                      zm_pages(threads * sizeof(struct zm_pipe *))};
    for (size_t i = 0; i < threads; i++)
        s.to[i] = zm_pipe_new(BATCH, DEPTH);
    zm_run_threads(run, (unsigned)threads, 1, body, &s);
}

static const char *refuse(const uint64_t *values)
{
    return values[MIN] > values[MAX] ? "min is above max" : NULL;
}

const struct zm_pattern zm_pattern_rptest = {
    .name = "rptest",
    .summary =
        "P threads, 8-16000 B in a linear drop-off, malloc, calloc and memalign, 28 % passed on",
    .parameters =
        {
            [THREADS] = {"threads", "", ZM_PROCESSORS, 0, 2, ZM_THREADS_MAX},
            [OPERATIONS] = {"operations", "allocations of a thread", 3000000, 800000, 1,
                            UINT64_C(1) << 40},
            [SLOTS] = {"slots", "objects of a thread", 1000, 0, 1, 1 << 24},
            [MIN] = {"min", "smallest size", 8, 0, 0, 1 << 26},
            [MAX] = {"max", "largest size", 16000, 0, 0, 1 << 26},
            [PASSED] = {"passed", "objects that the neighbour frees, in percent", 28, 0, 0, 100},
        },
    .run = run,
    .refuse = refuse,
};
