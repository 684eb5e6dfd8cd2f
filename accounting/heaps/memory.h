/* The pages that heaps need for themselves.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_ACCOUNTING_HEAPS_MEMORY_H
#define ZM_ACCOUNTING_HEAPS_MEMORY_H

#include <stddef.h>

/* Memory that takes none until it is touched, NULL if there is none; the second makes it so again.
 */
void *zm_heap_map(size_t size);
void zm_heap_empty(void *memory, size_t size);

#endif
