/* Buffers that grow as those of programs do, by half, to the double or by a fixed step, and shrink
 * again. There are several at once, so that few can grow in place.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "bench/workloads/frame.h"

enum { BUFFERS, LIVES, MIN, MAX, STEP };
#define BUFFERS_MAX 64

enum growth { BY_HALF, TO_DOUBLE, BY_STEP, GROWTHS };
/* If a buffer is copied at each step, the cost is the square of their number. */
#define STEPS_MAX 512

struct buffer {
    struct zm_held_block block;
    enum growth growth;
    size_t top; /* the size from which on it shrinks */
    bool shrinks;
};

struct state {
    const uint64_t *values;
    struct buffer buffers[BUFFERS_MAX];
};

/* Writes to the new part, as a program that needs it would. */
static void resize(struct zm_worker *w, struct zm_held_block *block, size_t size)
{
    size_t old = block->size;
    zm_check(w, block);
    zm_resize(w, block, size);
    uint32_t first;
    memcpy(&first, block->data, sizeof first);
    w->broken += first != block->stamp;
    if (size > old)
        memset(block->data + old, 1, size - old);
    zm_stamp(w, block);
}

static void begin(struct zm_worker *w, struct buffer *b, const uint64_t *values)
{
    size_t octaves = 0;
    for (size_t size = values[MIN]; size * 2 <= values[MAX]; size *= 2)
        octaves++;
    b->growth = (enum growth)zm_draw_below(w, GROWTHS);
    b->top = values[MIN] << zm_draw_below(w, octaves + 1);
    if (b->growth == BY_STEP && b->top > STEPS_MAX * values[STEP])
        b->top = STEPS_MAX * values[STEP];
    b->shrinks = false;
    zm_begin(w, &b->block, values[MIN]);
}

/* Resizes the buffer once. False if it is freed instead. */
static bool move_on(struct zm_worker *w, struct buffer *b, const uint64_t *values)
{
    size_t size = b->block.size;
    b->shrinks = b->shrinks || size >= b->top;
    if (b->shrinks && size / 2 < values[MIN]) {
        zm_end(w, &b->block);
        return false;
    }
    size_t next = b->shrinks             ? size / 2
                  : b->growth == BY_HALF ? size + size / 2
                  : b->growth == BY_STEP ? size + values[STEP]
                                         : size * 2;
    resize(w, &b->block, !b->shrinks && next > b->top ? b->top : next);
    return true;
}

static void body(struct zm_worker *w, void *shared)
{
    struct state *s = shared;
    uint64_t lives = 0, live = 0;
    while (lives < s->values[LIVES] || live > 0) {
        struct buffer *b = &s->buffers[zm_draw_below(w, s->values[BUFFERS])];
        if (b->block.data) {
            live -= !move_on(w, b, s->values);
        } else if (lives < s->values[LIVES]) {
            begin(w, b, s->values);
            lives++;
            live++;
        }
    }
}

static void run(const struct zm_run *run)
{
    static struct state s;
    s.values = run->values;
    zm_run_threads(run, 1, 1, body, &s);
}

static const char *refuse(const uint64_t *values)
{
    return values[MIN] > values[MAX] ? "min is above max" : NULL;
}

const struct zm_pattern zm_pattern_realloc_grow = {
    .name = "realloc-grow",
    .summary = "1 thread, buffers that grow (x1.5, x2, +k) and shrink, 16 B to 64 MiB",
    .parameters =
        {
            [BUFFERS] = {"buffers", "at a time", 16, 0, 1, BUFFERS_MAX},
            [LIVES] = {"lives", "buffers ever", 500, 100, 1, UINT64_C(1) << 40},
            [MIN] = {"min", "size that a buffer begins and ends with", 16, 0, 4, 1 << 20},
            [MAX] = {"max", "largest size", 64 << 20, 0, 4, UINT64_C(1) << 28},
            [STEP] = {"step", "k: what the third kind grows by", 4096, 0, 1, 1 << 20},
        },
    .run = run,
    .refuse = refuse,
};
