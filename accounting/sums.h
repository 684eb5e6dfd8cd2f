/* The sums over all slots, and the peak.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_ACCOUNTING_SUMS_H
#define ZM_ACCOUNTING_SUMS_H

#include "slots.h"

struct zm_sums {
    uint64_t allocated, freed, allocs, frees, peak;
    int64_t peak_time;
    uint64_t own_peak; /* of a forked process since the fork; else the peak */
    uint32_t threads;
};

/* Sums over all slots; allocated is never below freed, peak never below their difference. */
void zm_sums_read(struct zm_sums *out);

/* Of these what servers ask for with every command or more: allocated - freed, and the peak; when
 * that was, if `when` is not NULL. */
uint64_t zm_sums_used(void);
uint64_t zm_sums_peak(int64_t *when);

/* Where threads count when there is no memory for another slot. */
extern ZM_HIDDEN struct zm_slot zm_overflow;

/* Threads that own a slot. */
extern ZM_HIDDEN _Atomic uint32_t zm_live_threads;

/* A slot's totals, native ones included. */
uint64_t zm_allocated_by(const struct zm_slot *slot);
uint64_t zm_freed_by(const struct zm_slot *slot);

/* Blocks that were never counted may be counted as freed: such of libc's own that lie in a page
 * with blocks from our libc backend can't be told from these. Set before there are threads. */
extern ZM_HIDDEN bool zm_frees_of_strangers;

/* Brings the slot's share of the estimate up to date. The estimate is of all used memory, and says
 * whether the peak may have risen. Any thread may do this for any slot. */
void zm_estimate_update(struct zm_slot *slot);

/* Called in a forked process by its only thread. What the parent has held is not the process's own
 * peak. */
void zm_peak_after_fork(void);

/* By how much the peak may be too low, because threads had not yet reported all they had. */
uint64_t zm_peak_slack(void);

/* Where the sums are that no slot has, and the slot that overflows. */
void zm_sums_describe(struct zm_live_sums *out, struct zm_live_slots *slots);

/* Called at the end of the slot's batch: sums up if the peak may have risen, and sets the end of
 * the next batch. */
void zm_look_at_peak(struct zm_slot *slot);

#endif
