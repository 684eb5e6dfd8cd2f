/* The account: what the program holds, held at most, and has moved.
 *
 * Source of every figure: counters of our own (or the allocator's exact per-thread totals), in
 * usable bytes; one writer per thread, summed by the reader. Reading takes about 10 ns a thread
 * that ever ran at once, no lock, stalls nobody, and may be done in a signal handler.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZMALLOC_STATS_H
#define ZMALLOC_STATS_H

#include <stdint.h>
#include <zmalloc/export.h>

ZMALLOC_BEGIN

/* A resized block counts as freed with its old size and allocated with its new one, and as one
 * allocation and one free, so allocs - frees is the number of live blocks. */
struct zmalloc_stats {
    uint32_t struct_size;     /* in: sizeof(struct zmalloc_stats) */
    uint32_t threads;         /* threads that hold a counter now */
    uint64_t used_bytes;      /* allocated_bytes - freed_bytes: exact when no call is in flight */
    uint64_t peak_bytes;      /* highest used_bytes; see ZMALLOC_PEAK_SLACK */
    int64_t peak_time;        /* when: seconds since the Epoch; 0 before the first allocation */
    uint64_t allocated_bytes; /* ever; monotone */
    uint64_t freed_bytes;     /* ever; monotone */
    uint64_t allocs;          /* blocks ever handed out; monotone */
    uint64_t frees;           /* blocks ever given back; monotone */
};

/* A thread tells of its growth in batches: between two reports the peak may be too low by this many
 * bytes for each of the threads that ever ran at once, and by 1/32 of itself, with 1/64 more each
 * time that their number doubles: a thread that started when there were fewer has a larger batch.
 * It is never above the truth, and never below a used_bytes that any caller has been told. */
#define ZMALLOC_PEAK_SLACK 65536

/* 0, or -EINVAL for a bad struct_size. */
ZMALLOC_API int zmalloc_get_stats(struct zmalloc_stats *out);

/* Shows a number of the program's own beside its account, in `zmalloc stat`, `top` and `metrics`: a
 * cache's size beside its memory, say. Other processes read *value at any time, as it is then, so
 * it must be aligned, stay where it is, and be written as a whole; the program does no more for it.
 * A forked process shows its own copy. NULL as `value` takes the name back, after which the number
 * may go.
 *
 * 0; -EINVAL for a name that is not of letters, digits and '_', begins with a digit, or has more
 * than 47 bytes, or for a value that is not aligned; -EEXIST if there is one of that name; -ENOSPC
 * if there are 64; -ENOENT for a name that is to be taken back, and is not there. May be called
 * from several threads, not from a signal handler. */
ZMALLOC_API int zmalloc_publish(const char *name, const uint64_t *value);

ZMALLOC_END

#endif
