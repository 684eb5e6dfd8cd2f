/* Memory for calls that come from inside the choice of the backend. Its blocks are not accounted,
 * for there is no account yet, and never reused.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_RUNTIME_ARENA_H
#define ZM_RUNTIME_ARENA_H

#include <stdbool.h>

#include "backends/backend.h"

/* A zeroed block, or none. Not thread-safe: only the thread that chooses calls. */
struct zm_block zm_early_alloc(size_t align, size_t size);

/* Whether the block is from here, and its usable bytes; of NULL 0. */
bool zm_is_early(const void *ptr);
size_t zm_early_size(const void *ptr);

/* Whether any block was given: then and only then does every free have to ask. */
bool zm_early_used(void);

#endif
