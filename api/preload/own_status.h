/* What the kernel says of this process, read from a file that is opened at the start: at exit a
 * filter of system calls or another root may forbid it.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_API_PRELOAD_OWN_STATUS_H
#define ZM_API_PRELOAD_OWN_STATUS_H

#include <stdbool.h>
#include <stdint.h>

struct zm_own_status {
    int64_t ppid;
    bool has_memory; /* the next two */
    uint64_t rss, peak_rss;
};

/* At the start, and in a forked process: the file is the parent's there. */
void zm_own_status_open(void);

/* Once in each process, by one thread. */
void zm_own_status_read(struct zm_own_status *out);

#endif
