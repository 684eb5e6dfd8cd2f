/* `zmalloc top` on a terminal.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_COMMANDS_LIVE_TOP_SCREEN_H
#define ZM_TOOLS_COMMANDS_LIVE_TOP_SCREEN_H

#include "top_rows.h"

/* Until the user leaves, or a signal comes. Returns the exit status. */
int zm_top_screen(struct zm_top *top, const pid_t *pids, size_t count, double interval);

/* Whether this zmalloc was built with ncurses. */
bool zm_top_has_screen(void);

#endif
