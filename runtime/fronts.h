/* The fronts of a process that has several backends, by the code by which each notes its blocks in
 * the map of owners.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_RUNTIME_FRONTS_H
#define ZM_RUNTIME_FRONTS_H

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>

#include "accounting/owners.h"
#include "backends/front.h"
#include "base/live_format.h"

struct zm_front_of {
    alignas(256) struct zm_front front; /* so that an index becomes an address by one shift */
};

/* Where blocks go by their owner. At 0: those that nobody here has given. From ZM_LIVE_PURGE on:
 * the table that purges first. */
extern ZM_HIDDEN struct zm_front_of zm_fronts[2 * ZM_LIVE_PURGE];

/* Where all calls go, by the code of the backend that new blocks come from. It is at an address
 * whose lower 16 bits are 0. So one byte of the address of an entry is its code, and whoever writes
 * that byte has them go to another entry. */
struct zm_front_of *zm_fronts_running(void);

union zm_front_at {
    alignas(64) const struct zm_front_of *entry;
    uint8_t bytes[64]; /* a line that nobody else writes to */
};
extern ZM_HIDDEN union zm_front_at zm_front_at;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#    define ZM_FRONT_BYTE 1
#else
#    define ZM_FRONT_BYTE (sizeof(void *) - 2)
#endif

/* The code of the backend that new blocks come from; 0: there is no switching in this process. With
 * ZM_LIVE_PURGE, which another process may have added, whoever allocates next has to purge. */
#define zm_front_code (zm_front_at.bytes[ZM_FRONT_BYTE])

static inline unsigned zm_front_code_of(const struct zm_front_of *entry)
{
    return (uintptr_t)entry / sizeof *entry & UINT8_MAX;
}

/* Whoever reads a code finds its front, and the backend as its start has left it. */
static inline unsigned zm_front_now(void)
{
    return zm_front_code_of(__atomic_load_n(&zm_front_at.entry, __ATOMIC_ACQUIRE));
}

/* What another process has asked for meanwhile stays asked for. */
static inline void zm_front_run(unsigned code)
{
    const struct zm_front_of *before = __atomic_load_n(&zm_front_at.entry, __ATOMIC_RELAXED),
                             *after;
    do
        after = zm_fronts_running() + (code | (zm_front_code_of(before) & ZM_LIVE_PURGE));
    while (!__atomic_compare_exchange_n(&zm_front_at.entry, &before, after, true, __ATOMIC_RELEASE,
                                        __ATOMIC_RELAXED));
}

static inline unsigned zm_front_running(void)
{
    return zm_front_now() & ~(unsigned)ZM_LIVE_PURGE;
}

/* Bit n: the backend of code n + 1 has been started, and may be switched to. */
extern ZM_HIDDEN uint32_t zm_fronts_started;

/* Whoever finds a bit finds the fronts. */
static inline bool zm_front_is_started(unsigned code)
{
    return code && __atomic_load_n(&zm_fronts_started, __ATOMIC_ACQUIRE) >> (code - 1) & 1;
}

/* The layer: goes to what runs. What it does with blocks that are not that one's. And a table that
 * purges first, as asked. */
extern ZM_HIDDEN const struct zm_front zm_front_switched, zm_front_of_strays, zm_front_purging;

/* What a layer does with a resized block from elsewhere: it moves, also if it shrinks, for an
 * allocator may want to be told the size that was asked for when the block is freed. NULL is from
 * elsewhere, too. */
struct zm_block zm_front_move(const struct zm_front *layer, void *ptr, size_t size);

/* Before anything else here, while nothing but this backend has given blocks. */
void zm_fronts_begin(const struct zm_backend *first);

/* Before a backend is started that may be added. */
void zm_front_expect(const struct zm_backend *backend);

/* Adds a backend that has been started. */
void zm_front_add(const struct zm_backend *backend);

/* What stands in the place of the layer: the first backend, until there is one. Its front and ops
 * change once, if the process is switched late. */
extern ZM_HIDDEN struct zm_backend zm_switch_layer;

/* 0, or what zmalloc_switch_backend returns. */
int zm_switch_late(const struct zm_backend *to);

/* The backend that was chosen, if the process may be switched late; else NULL. */
extern ZM_HIDDEN const struct zm_backend *zm_switch_first;

/* For all that have been started: what of this `own` can. */
struct zm_control;
struct zm_control zm_fronts_control(const struct zm_control *own);

#endif
