/* Shows a text on a terminal by the user's pager, as git does.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_OPTIONS_PAGER_H
#define ZM_TOOLS_OPTIONS_PAGER_H

#include <stdbool.h>
#include <stdio.h>

/* From now on there is no paging: --no-pager. */
void zm_pager_leave_out(void);

struct zm_pager {
    FILE *out; /* what is to be shown goes there */
    int pid;   /* of the pager; 0: there is none, and `out` is stdout */
};

/* Starts ZMALLOC_PAGER, else PAGER, else less, by a shell; "" and "cat" are none. Only if stdout is
 * a terminal. */
void zm_pager_begin(struct zm_pager *pager);

/* Waits until the user has seen it. Returns whether it was shown; if not, why has been printed. */
bool zm_pager_end(struct zm_pager *pager);

#endif
