/* One reading of a process, and how it is shown.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_COMMANDS_LIVE_STAT_LINE_H
#define ZM_TOOLS_COMMANDS_LIVE_STAT_LINE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "details.h"
#include "tools/live/live.h"

struct zm_reading {
    double at;    /* on zm_now's clock */
    int64_t time; /* seconds since 1970 */
    int error;    /* 0, or why there is no account: then only what the system tells is there */
    uint64_t rss, peak_rss; /* 0: unknown */
    struct zm_live_source source;
    struct zm_live_account account;
};

/* 0, or -ESRCH. */
int zm_reading_take(pid_t pid, struct zm_reading *out);

void zm_stat_heading(void);

/* What has changed since `before`; NULL: since the start of the account. `details` may be NULL. 0,
 * or -ENOMEM. */
void zm_stat_line(const struct zm_reading *now, const struct zm_reading *before);
int zm_stat_json(pid_t pid, const struct zm_reading *now, const struct zm_reading *before,
                 const struct zm_details *details);

#endif
