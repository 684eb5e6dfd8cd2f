/* What a comparison can't see of its program.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_REPORTING_OWN_ALLOCATOR_TEXT_H
#define ZM_TOOLS_REPORTING_OWN_ALLOCATOR_TEXT_H

#include <stddef.h>

#include "tools/statistics/comparison.h"

/* Writes a sentence if the program has an allocator of its own, or if most of its memory is nothing
 * that any backend handed out; else "". */
const char *zm_own_allocator_text(const struct zm_evidence *evidence,
                                  const struct zm_result *result, char *buf, size_t size);

#endif
