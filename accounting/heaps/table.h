/* All heaps, and what other processes are told of them.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_ACCOUNTING_HEAPS_TABLE_H
#define ZM_ACCOUNTING_HEAPS_TABLE_H

#include "base/compiler.h"
#include "heap.h"

ZMALLOC_BEGIN

extern ZM_HIDDEN struct zm_live_heaps zm_heaps_told;

/* Entry 0 is no heap's. NULL before zm_heap_table_start. */
extern ZM_HIDDEN struct zmalloc_heap *zm_heap_table;

/* Once. False: no address space. */
bool zm_heap_table_start(void);

/* Under a lock. The first finds an entry that has been free for long, or NULL; the second makes it
 * a heap's, which everybody may see; the third free again. */
struct zmalloc_heap *zm_heap_table_find(void);
void zm_heap_table_add(struct zmalloc_heap *heap);
void zm_heap_table_remove(struct zmalloc_heap *heap);

ZMALLOC_END

#endif
