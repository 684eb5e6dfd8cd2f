/* What a process tells beside the sums: its limits, its heaps, the numbers that it has published,
 * its threads.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_COMMANDS_LIVE_DETAILS_H
#define ZM_TOOLS_COMMANDS_LIVE_DETAILS_H

#include <jansson.h>
#include <stdio.h>

#include "heaps.h"
#include "tools/live/live.h"

struct zm_details {
    struct zm_live_limits limits;
    struct zm_live_number *numbers;
    struct zm_live_thread *threads;
    size_t number_count, thread_count;
    struct zm_heaps heaps;
};

/* 0, or an error of zm_live_take; to be freed if 0. */
int zm_details_read(const struct zm_live_source *source, struct zm_details *out);
void zm_details_free(struct zm_details *details);

void zm_details_text(const struct zm_details *details, FILE *out);

/* Members of an object of their own; NULL: out of memory. */
json_t *zm_details_json(const struct zm_details *details);

#endif
