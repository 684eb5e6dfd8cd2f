/* How ZMALLOC_LIMIT is read.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_RUNTIME_LIMIT_H
#define ZM_RUNTIME_LIMIT_H

#include <zmalloc/limit.h>

/* Reads a value of ZMALLOC_LIMIT: NULL, or what is wrong with it. */
const char *zm_limit_parse(const char *text, struct zmalloc_limit *out);

#endif
