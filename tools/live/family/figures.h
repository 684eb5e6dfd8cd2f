/* What a family uses.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_LIVE_FAMILY_FIGURES_H
#define ZM_TOOLS_LIVE_FAMILY_FIGURES_H

#include "family.h"

/* At one moment; negative: not known. */
struct zm_family_figures {
    double memory; /* bytes, resident: the sum of PSS if family->pss, else of RSS */
    double used;   /* of those with an account; what was there at a fork is in the child's, too */
    size_t processes, switched; /* the second run what was ordered */
};

/* PSS, in which pages that several share count once, if it is a tree and may be read of all who are
 * there; else RSS, for sums of both would mean nothing. */
void zm_family_choose_memory(struct zm_family *family);

/* Finds who has come, gives them the last order, and reads the figures of all. The totals in
 * `family` grow by what was used since the look before:
 *
 *  - CPU time, with that of descendants which came and went meanwhile, as soon as a member has
 *    waited for them. Where nobody waits, what they took after the last look is missing. Of a
 *    single process it is its own alone.
 *  - Allocations, without those of a process after the last look at it, or of one that came and
 *    went between two.
 *
 * 0, or an error as zm_family_find has it. */
int zm_family_look(struct zm_family *family, struct zm_family_figures *out);

#endif
