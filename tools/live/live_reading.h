/* What the slots of another process count, read so that it fits together.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_LIVE_LIVE_READING_H
#define ZM_TOOLS_LIVE_LIVE_READING_H

#include "live.h"

/* Of one slot: all threads that have had it. */
struct zm_live_totals {
    uint64_t allocated, freed, allocs, frees;
    bool taken;
    uint32_t tid; /* of the thread that has it; 0: not known */
    uint64_t before_allocated, before_freed, before_allocs; /* not by that thread */
};

struct zm_live_reading {
    struct zm_live_totals *totals;
    uint32_t count;
    uint64_t peak; /* the higher of its own and the one from before the fork */
    uint64_t own_peak;
    int64_t peak_time;
    uint32_t threads;
    uint8_t current; /* 1 + the index of the backend that new blocks come from; 0: the first */
};

/* As zm_live_take; -ENOENT too if the process has another page by now. To be freed if 0. */
int zm_live_reading_take(const struct zm_live_source *source, struct zm_live_reading *out);
void zm_live_reading_free(struct zm_live_reading *reading);

#endif
