/* The heaps of a process, as text and JSON.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_COMMANDS_LIVE_HEAPS_H
#define ZM_TOOLS_COMMANDS_LIVE_HEAPS_H

#include <jansson.h>
#include <stdio.h>

#include "tools/live/live.h"

struct zm_heaps {
    struct zm_live_heap_account *all;
    size_t count;
};

/* 0, or an error of zm_live_take; to be freed if 0. */
int zm_heaps_read(const struct zm_live_source *source, struct zm_heaps *out);
void zm_heaps_free(struct zm_heaps *heaps);

/* Calls `each` for all of them, children after their parent; depth 0 is a heap without one. */
void zm_heaps_walk(const struct zm_heaps *heaps,
                   void (*each)(const struct zm_live_heap_account *heap, int depth, void *arg),
                   void *arg);

/* A table of its own; nothing if there are none. */
void zm_heaps_text(const struct zm_heaps *heaps, FILE *out);

/* An array; NULL: out of memory. */
json_t *zm_heaps_json(const struct zm_heaps *heaps);

#endif
