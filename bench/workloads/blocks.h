/* What every workload does with a block: it takes it, writes to it, reads that back and gives it
 * away. Each step is counted for the oracle. All of it is inline, as it would be in a program, and
 * part of the floor that a run without an allocator measures.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BENCH_WORKLOADS_BLOCKS_H
#define ZM_BENCH_WORKLOADS_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include "api.h"

/* A block that a workload holds. This lies outside of the block, because without an allocator
 * blocks overlap. */
struct zm_held_block {
    unsigned char *data; /* NULL: none */
    size_t size;
    uint32_t owner : 31; /* the thread that allocated it */
    uint32_t aligned : 1;
    uint32_t stamp; /* what is written to it */
};

/* Sizes are counted one by one up to 63, and then in 32 steps to the octave. */
#define ZM_SIZES_EXACT 64
#define ZM_SIZES_STEPS 32
#define ZM_SIZES       (ZM_SIZES_EXACT + 42 * ZM_SIZES_STEPS)

/* What a thread works with. Several threads may be the same worker, one after another; then each
 * has an id of its own. */
struct zm_worker {
    _Alignas(128) uint64_t random;
    uint32_t id;
    uint32_t stamp;
    unsigned index; /* 0 .. threads - 1 */
    bool sized;
    uint64_t allocs, frees, cross; /* resizing a block counts as one of each */
    uint64_t written, read;        /* sums of what was written, and of what was read back */
    uint64_t broken;               /* blocks that did not hold what was written */
    size_t largest;
    uint32_t sizes[ZM_SIZES];

    uint32_t until; /* how many calls will not be timed before the next one is */
    uint64_t
        gaps; /* draws that number; apart from `random`, so that timing does not change the work */
    uint32_t latencies[ZM_SIZES]; /* by nanoseconds, in the same steps as sizes */
    uint64_t slowest;
};

/* Ends the process after printing the reason. */
__attribute__((noreturn, cold)) void zm_out_of_memory(size_t size);

/* ---- drawing ---- */

static inline uint32_t zm_draw(struct zm_worker *w)
{
    w->random = w->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(w->random >> 32);
}

/* 0 .. bound - 1 */
static inline size_t zm_draw_below(struct zm_worker *w, size_t bound)
{
    return (size_t)(((uint64_t)zm_draw(w) * bound) >> 32);
}

static inline size_t zm_draw_from(struct zm_worker *w, size_t min, size_t max)
{
    return min + zm_draw_below(w, max - min + 1);
}

static inline bool zm_one_in(struct zm_worker *w, size_t n)
{
    return zm_draw_below(w, n) == 0;
}

/* ---- counting ---- */

static inline size_t zm_size_index(size_t size)
{
    if (size < ZM_SIZES_EXACT)
        return size;
    unsigned octave = 63 - (unsigned)__builtin_clzll(size);
    return ZM_SIZES_EXACT + (octave - 6) * ZM_SIZES_STEPS +
           ((size >> (octave - 5)) & (ZM_SIZES_STEPS - 1));
}

static inline void zm_note(struct zm_worker *w, struct zm_held_block *b, void *data, size_t size)
{
    if (__builtin_expect(!data, 0))
        zm_out_of_memory(size);
    *b = (struct zm_held_block){data, size, w->id & INT32_MAX, 0, w->stamp += 0x9e3779b1};
    w->allocs++;
    w->sizes[zm_size_index(size)]++;
    if (size > w->largest)
        w->largest = size;
}

/* ---- timing: one call in 1,024, drawn at random before it comes ---- */

#define ZM_GAP_MAX 2047

static inline uint64_t zm_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static inline bool zm_due(struct zm_worker *w)
{
    return __builtin_expect(w->until-- == 0, 0);
}

/* The time for reading the clock is subtracted in the end. */
static inline void zm_timed(struct zm_worker *w, uint64_t began)
{
    uint64_t took = zm_clock() - began;
    w->latencies[zm_size_index(took)]++;
    if (took > w->slowest)
        w->slowest = took;
    w->gaps = w->gaps * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    w->until = (uint32_t)(((w->gaps >> 32) * ZM_GAP_MAX) >> 32);
}

/* ---- contents ---- */

/* Writes to the first and last four bytes; only to the first four of a block of less than eight,
 * and to every byte of one of less than four. */
static inline void zm_stamp(struct zm_worker *w, const struct zm_held_block *b)
{
    if (b->size >= 8)
        memcpy(b->data + b->size - 4, &b->stamp, 4);
    if (b->size >= 4)
        memcpy(b->data, &b->stamp, 4);
    else
        for (size_t at = 0; at < b->size; at++)
            b->data[at] = (unsigned char)b->stamp;
    w->written += b->stamp;
}

static inline void zm_check(struct zm_worker *w, const struct zm_held_block *b)
{
    uint32_t first = b->stamp, last = b->stamp;
    if (b->size >= 8)
        memcpy(&last, b->data + b->size - 4, 4);
    if (b->size >= 4)
        memcpy(&first, b->data, 4);
    else
        for (size_t at = 0; at < b->size; at++)
            if (b->data[at] != (unsigned char)b->stamp)
                first = ~b->stamp;
    w->read += first;
    w->broken += first != b->stamp || last != b->stamp;
}

/* Writes to every byte. */
static inline void zm_fill(struct zm_worker *w, const struct zm_held_block *b)
{
    size_t at = 0;
    uint64_t sum = 0, word = b->stamp;
    for (; at + sizeof word <= b->size; at += sizeof word, word += 0x100000001) {
        memcpy(b->data + at, &word, sizeof word);
        sum += word;
    }
    for (; at < b->size; at++)
        b->data[at] = (unsigned char)b->stamp;
    w->written += sum + b->stamp;
}

static inline void zm_check_filled(struct zm_worker *w, const struct zm_held_block *b)
{
    size_t at = 0;
    uint64_t sum = 0, wrong = 0, word = b->stamp, found;
    for (; at + sizeof word <= b->size; at += sizeof word, word += 0x100000001) {
        memcpy(&found, b->data + at, sizeof found);
        sum += found;
        wrong |= found ^ word;
    }
    for (; at < b->size; at++)
        wrong |= b->data[at] ^ (b->stamp & 0xff);
    w->read += sum + b->stamp;
    w->broken += wrong != 0;
}

/* ---- blocks ---- */

static inline void zm_take(struct zm_worker *w, struct zm_held_block *b, size_t size)
{
    bool due = zm_due(w);
    uint64_t began = due ? zm_clock() : 0;
    void *data = zm_api_malloc(size);
    if (due)
        zm_timed(w, began);
    zm_note(w, b, data, size);
}

static inline void zm_take_zeroed(struct zm_worker *w, struct zm_held_block *b, size_t size)
{
    bool due = zm_due(w);
    uint64_t began = due ? zm_clock() : 0;
    void *data = zm_api_calloc(size);
    if (due)
        zm_timed(w, began);
    zm_note(w, b, data, size);
}

static inline void zm_take_aligned(struct zm_worker *w, struct zm_held_block *b, size_t align,
                                   size_t size)
{
    zm_note(w, b, zm_api_aligned(align, size), size);
    w->broken += ((uintptr_t)b->data & (align - 1)) != 0;
    b->aligned = 1;
}

/* The block keeps its contents, and so its stamp. */
static inline void zm_resize(struct zm_worker *w, struct zm_held_block *b, size_t size)
{
    uint32_t stamp = b->stamp;
    w->frees++;
    w->cross += b->owner != w->id;
    bool due = zm_due(w);
    uint64_t began = due ? zm_clock() : 0;
    void *data = zm_api_realloc(b->data, b->size, size);
    if (due)
        zm_timed(w, began);
    zm_note(w, b, data, size);
    b->stamp = stamp;
}

/* An aligned block is freed without its size, which does not say what class it is of. C23's
 * free_sized does not take such blocks either. */
static inline void zm_give(struct zm_worker *w, struct zm_held_block *b)
{
    w->frees++;
    w->cross += b->owner != w->id;
    bool due = zm_due(w);
    uint64_t began = due ? zm_clock() : 0;
    if (w->sized && !b->aligned)
        zm_api_free_sized(b->data, b->size);
    else
        zm_api_free(b->data);
    if (due)
        zm_timed(w, began);
    b->data = NULL;
}

/* The usual beginning and end of a block that is stamped. */
static inline void zm_begin(struct zm_worker *w, struct zm_held_block *b, size_t size)
{
    zm_take(w, b, size);
    zm_stamp(w, b);
}

static inline void zm_end(struct zm_worker *w, struct zm_held_block *b)
{
    zm_check(w, b);
    zm_give(w, b);
}

#endif
