/* A process whose backend can be switched: which may be, and doing it.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_LIVE_SWITCHING_H
#define ZM_TOOLS_LIVE_SWITCHING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

#include "live.h"

/* Whether the process may be switched to its backend of this index, below ZM_LIVE_BACKENDS. */
bool zm_may_switch(const struct zm_live *page, size_t index);

/* The index of the backend of that name, among those; ZM_LIVE_BACKENDS: it is none of them. */
size_t zm_switch_find(const struct zm_live *page, const char *name);

/* "jemalloc, mimalloc", made printable. */
void zm_switch_list(const struct zm_live *page, FILE *out);

/* The source must be of a process that can be switched. One that has executed another program since
 * is left alone: -ENOENT. With `purge`, the other backends give back
 * what they have free as soon as the process allocates again: zm_switch_awaits tells whether it has
 * not yet. 0, or an error of live.h: -ENOTSUP if the process can't do that. */
int zm_switch_to(const struct zm_live_source *source, size_t index, bool purge);
bool zm_switch_awaits(const struct zm_live_source *source);

/* The name of the backend that new blocks come from, as the page has it; NULL: it can't be read. */
const char *zm_switch_runs(const struct zm_live_source *source);

#endif
