/* For functions that call the allocator itself, not its front, and so must count on their own.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_API_DIRECT_H
#define ZM_API_DIRECT_H

#include "backends/control.h"

/* The running backend's control, or NULL: it has none, or its blocks are not what the exported
 * names hand out (early blocks, a limit, a wrap). Makes the choice. */
const struct zm_control *zm_direct(void);

/* The first counts a block that the allocator gave, or sets errno if it gave none; the second
 * counts one that it took back. */
struct zm_block zm_count_direct(struct zm_block block);
void zm_count_direct_free(size_t usable);

#endif
