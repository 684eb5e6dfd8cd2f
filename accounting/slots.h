/* The registry of slots. No lock, no allocation but of whole chunks; safe in signal handlers.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_ACCOUNTING_SLOTS_H
#define ZM_ACCOUNTING_SLOTS_H

#include "counters.h"

/* A slot without an owner; NULL: there is no memory for another. */
struct zm_slot *zm_slot_take(void);
void zm_slot_give(struct zm_slot *slot);

/* Slots that were ever taken are 0 .. count - 1; they stay where they are for good. */
uint32_t zm_slot_count(void);
struct zm_slot *zm_slot_at(uint32_t index);

/* The slot at `index` and those beside it: *length of them, `most` at most. */
struct zm_slot *zm_slots_from(uint32_t index, uint32_t most, uint32_t *length);

#endif
