/* Which word was meant, if one was mistyped.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_OPTIONS_SUGGEST_H
#define ZM_TOOLS_OPTIONS_SUGGEST_H

#include <stddef.h>

struct zm_suggestion {
    const char *typed;
    size_t length;
    size_t distance;  /* of the nearest word so far; at first the largest that a word may have */
    const char *word; /* the nearest so far; NULL: none is near enough */
};

struct zm_suggestion zm_suggestion_for(const char *typed, size_t length);

/* Takes `word` if it is nearer than all before. */
void zm_suggestion_try(struct zm_suggestion *best, const char *word);

#endif
