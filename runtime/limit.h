/* How ZMALLOC_LIMIT is read, and what other processes are told.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_RUNTIME_LIMIT_H
#define ZM_RUNTIME_LIMIT_H

#include <zmalloc/export.h>
#include <zmalloc/limit.h>

#include "base/compiler.h"
#include "base/live_format.h"

/* Reads a value of ZMALLOC_LIMIT: NULL, or what is wrong with it. */
const char *zm_limit_parse(const char *text, struct zmalloc_limit *out);

/* The limits that are set, and how often they were met. */
extern ZM_HIDDEN struct zm_live_limits zm_limits_told;

#endif
