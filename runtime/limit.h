/* The memory limit as the choice of the backend sees it.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_RUNTIME_LIMIT_H
#define ZM_RUNTIME_LIMIT_H

#include <zmalloc/limit.h>

#include "backends/backend.h"

/* Once, when `backend` runs: from now on there can be limits over it. */
void zm_limit_start(const struct zm_backend *around, const struct zm_backend *backend);

/* Reads a value of ZMALLOC_LIMIT: NULL, or what is wrong with it. */
const char *zm_limit_parse(const char *text, struct zmalloc_limit *out);

#endif
