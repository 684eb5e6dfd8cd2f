/* What somebody may have meant by a word that there is not.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_COMMON_SUGGEST_H
#define ZM_TOOLS_COMMON_SUGGEST_H

#include <stddef.h>

struct zm_suggestion {
    const char *typed;
    size_t length;
    size_t distance;  /* what it takes at most from `typed` to a word that is near */
    const char *word; /* the nearest so far; NULL: none is near */
};

struct zm_suggestion zm_suggestion_for(const char *typed, size_t length);

/* Takes `word` if it is nearer than all before. */
void zm_suggestion_try(struct zm_suggestion *best, const char *word);

#endif
