/* The memory of all processes of a tree, as of its last look.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_LIVE_TREE_MEMORY_H
#define ZM_TOOLS_LIVE_TREE_MEMORY_H

#include "tree.h"

/* The RSS of the largest, for the tree's timeline. Times are in seconds since the tree's start. */
void zm_tree_look_at_rss(struct zm_tree *tree, double now_s);

/* The sum of PSS, if there are several and it is time to, or if it is to be at once. */
void zm_tree_look_at_pss(struct zm_tree *tree, double now_s, bool at_once);

#endif
