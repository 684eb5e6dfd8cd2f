/* What `zmalloc top` shows: the processes in order, each with its rates since the last look.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_COMMANDS_LIVE_TOP_ROWS_H
#define ZM_TOOLS_COMMANDS_LIVE_TOP_ROWS_H

#include <stdbool.h>
#include <stdio.h>

#include "tools/live/live_list.h"

enum zm_top_order {
    ZM_TOP_USED,
    ZM_TOP_PEAK,
    ZM_TOP_RSS,
    ZM_TOP_ALLOCS,
    ZM_TOP_PID,
    ZM_TOP_ORDERS
};

extern const char *const zm_top_order_names[ZM_TOP_ORDERS];

struct zm_top_row {
    const struct zm_live_process *process;
    uint64_t used;
    double allocs_per_s, bytes_per_s;
};

struct zm_top {
    struct zm_live_list now, before;
    double at, before_at; /* on zm_now's clock; 0: no look yet */
    struct zm_top_row *rows;
    enum zm_top_order order;
    uint64_t used, rss; /* of all */
};

/* Looks at these processes and all that descend from them, or at all. 0, or -errno; those that have
 * ended are no longer there. */
int zm_top_look(struct zm_top *top, const pid_t *pids, size_t count);
void zm_top_sort(struct zm_top *top);
void zm_top_clear(struct zm_top *top);

/* The lines, without their ends, at most `size` - 1 bytes; the command's name fills the rest of
 * `width` columns. There are more figures if `wide`, which takes ZM_TOP_WIDE columns. */
#define ZM_TOP_WIDE 110
void zm_top_summary(const struct zm_top *top, char *out, size_t size);
const char *zm_top_heading(bool wide);
void zm_top_line(const struct zm_top_row *row, bool wide, int width, char *out, size_t size);

/* A line for each of its heaps, below its own; none if they can't be read. */
void zm_top_heaps(const struct zm_top_row *row, bool wide, FILE *out);

/* An object for each process, with its heaps if they are wanted; 0, or -ENOMEM. */
int zm_top_json(const struct zm_top *top, bool heaps, FILE *out);

#endif
