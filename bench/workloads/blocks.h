/* What every workload does with a block: takes it, writes to it, reads that back and gives it away,
 * each step counted, for the oracle. All of it is inline: it belongs to the floor that a run
 * without an allocator measures.
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

/* Lies beside the allocator's memory, never in it: under no allocator blocks overlap. */
struct zm_held_block {
    unsigned char *data; /* NULL: none */
    size_t size;
    uint32_t owner : 31; /* the thread that allocated it */
    uint32_t aligned : 1;
    uint32_t stamp; /* what is written to it */
};

/* Sizes up to 63 one by one, then 32 steps to the octave. */
#define ZM_SIZES_EXACT 64
#define ZM_SIZES_STEPS 32
#define ZM_SIZES       (ZM_SIZES_EXACT + 42 * ZM_SIZES_STEPS)

/* One thread after another may be the worker; each has an id of its own. */
struct zm_worker {
    _Alignas(128) uint64_t random;
    uint32_t id;
    uint32_t stamp;
    unsigned index; /* 0 .. threads - 1 */
    bool sized;
    uint64_t allocs, frees, cross; /* a resized block is one of each */
    uint64_t written, read;        /* sums of what was written, and of what was read back */
    uint64_t broken;               /* blocks that did not hold it */
    size_t largest;
    uint32_t sizes[ZM_SIZES];

    uint32_t until;               /* calls before the next one that is timed */
    uint64_t gaps;                /* what that is drawn from: the work is the same, timed or not */
    uint32_t latencies[ZM_SIZES]; /* in nanoseconds, in the steps of sizes */
    uint64_t slowest;
};

/* Ends the process, the reason told. */
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

/* ---- timing: 1 call in 1,024, which is drawn before it comes ---- */

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

/* What reading the clock twice takes is taken off in the end. */
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

/* First and last bytes; of less than eight the first four alone, of less than four every one. */
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

/* Every byte. */
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

/* The contents stay, and the stamp that tells of them. */
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

/* The size alone does not tell which class an aligned block is of (nor does C23's free_sized take
 * one).
 */
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

/* The three usual steps of a block that is stamped. */
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
