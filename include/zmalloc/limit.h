/* A limit on memory, with a way out: the program is asked to give some back before anything fails.
 *
 * Two limits, each of which may be absent:
 *  - soft: when used memory would pass it, `reclaim` is called, and the allocation then succeeds
 *    whatever came of it;
 *  - hard: when used memory would pass it, `reclaim` is called as long as it gives something back;
 *    if there is still no room the allocation fails as if memory had run out: the OOM handler, or
 *    NULL with ENOMEM. Shrinking a block never fails for it.
 *
 * Used memory is what zmalloc_used_memory() tells, in usable bytes. Before a thread may allocate it
 * gets an allowance of up to ZMALLOC_LIMIT_SLACK bytes, less near the limit, and all allowances are
 * counted as used. So:
 *  - used memory passes the hard limit by no more than what the allocator rounds up blocks by, of
 *    those that are being allocated at the time: a fraction of one block for each thread. What
 *    `reclaim` itself allocates, and threads after their last destructor, are let through too;
 *  - an allocation may fail while up to ZMALLOC_LIMIT_SLACK bytes for each other thread are still
 *    free.
 *
 * When the system refuses memory that the limit allows, `reclaim` is asked too, as long as it gives
 * something back, each time with a purge and another try.
 *
 * Without a limit nothing of this runs; with one, an allocation takes some nanoseconds more.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZMALLOC_LIMIT_H
#define ZMALLOC_LIMIT_H

#include <stddef.h>
#include <stdint.h>
#include <zmalloc/export.h>

ZMALLOC_BEGIN

#define ZMALLOC_LIMIT_SLACK 32768

/* What is limited. RSS is the whole process's, as the system tells it, read at most every
 * millisecond, and before anything is refused or asked for; what is allocated in between is added.
 * As it sinks only when the allocator gives pages back, zmalloc_flush_thread_cache() and
 * zmalloc_purge() are called after each reclaim. */
#define ZMALLOC_LIMIT_USED 0
#define ZMALLOC_LIMIT_RSS  1

/* As `hard`: what zmalloc_sysinfo_limit tells is the effective memory limit of this process, the
 * lowest of RAM, cgroup and rlimit, at the time of the call. */
#define ZMALLOC_LIMIT_EFFECTIVE UINT64_MAX

struct zmalloc_limit {
    uint32_t struct_size; /* in: sizeof(struct zmalloc_limit) */
    uint32_t of;          /* ZMALLOC_LIMIT_USED or ZMALLOC_LIMIT_RSS */
    uint64_t soft;        /* bytes; 0: none */
    uint64_t hard;        /* bytes; 0: none */

    /* Frees about `wanted` bytes, more if that is convenient, and returns how many: 0 if there is
     * nothing to be had. May be NULL. Called in the thread that allocates, in the middle of its
     * allocation, with no lock of this library held; never while it runs in the same thread
     * already, but in several threads at once. It may allocate. It may be left by longjmp or
     * an exception: it has ended then. A program whose own lock guards what is freed must not
     * allocate while it holds that lock, or must let `reclaim` only try it. */
    size_t (*reclaim)(size_t wanted, void *arg);
    void *arg;
};

/* Sets the limits of the process, in place of those before; NULL: none. 0; -EINVAL for a bad
 * struct_size, kind, or a soft limit above the hard one; -errno where the system does not let the
 * library's table of functions be written; for ZMALLOC_LIMIT_EFFECTIVE also what
 * zmalloc_sysinfo_limit returns, and for ZMALLOC_LIMIT_RSS what zmalloc_sysinfo_memory does. What
 * is in use above a new limit stays.
 *
 * It returns when no thread is in the reclaim of the limit before, so that its arg may go; at once
 * if it is called from a reclaim. -EBUSY: a reclaim of the limit before has not returned for ten
 * seconds, though the new limit is set; after several of those, nothing is set. */
ZMALLOC_API int zmalloc_set_limit(const struct zmalloc_limit *limit);

struct zmalloc_limit_state {
    uint32_t struct_size; /* in: sizeof(struct zmalloc_limit_state) */
    uint32_t of;
    uint64_t soft, hard;      /* 0: none; never ZMALLOC_LIMIT_EFFECTIVE */
    uint64_t reclaims;        /* calls of `reclaim`, ever */
    uint64_t reclaimed_bytes; /* what they said they had freed */
    uint64_t refused;         /* allocations that failed for the limit, ever */
};

/* 0, or -EINVAL for a bad struct_size. */
ZMALLOC_API int zmalloc_get_limit(struct zmalloc_limit_state *out);

ZMALLOC_END

#endif
