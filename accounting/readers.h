/* Who is looking at other threads' counters, so that those do not vanish meanwhile.
 *
 * Reading never waits, and may be done in a signal handler, which may even leave it by siglongjmp;
 * a thread that exits waits for the readers that were there before it took its counters off the
 * registry: microseconds.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_ACCOUNTING_READERS_H
#define ZM_ACCOUNTING_READERS_H

#include <stdint.h>

struct zm_reader {
    unsigned side;
    uint32_t era;
};

/* Between begin and end nothing that was on the registry goes away. */
struct zm_reader zm_readers_begin(void);
void zm_readers_end(struct zm_reader reader);

/* Returns when all who began before have ended, or seem to have vanished. Must not be called
 * between begin and end. */
void zm_readers_wait(void);

/* Called in the child of a fork, where no reader is left: they were other threads. */
void zm_readers_after_fork(void);

#endif
