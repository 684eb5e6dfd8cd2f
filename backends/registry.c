/* The backends of this build: the one array, and the only place that asks which there are.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "backend.h"

#define ZM_DECLARE(name) extern const struct zm_backend zm_backend_##name;
#define ZM_LIST(name)    &zm_backend_##name,
#define ZM_INDEX(name)   index_of_##name,

/* ZM_BACKENDS(X) is X(jemalloc) X(libc) ...; ZM_DEFAULT_BACKEND one of them. */
ZM_BACKENDS(ZM_DECLARE)

const struct zm_backend *const zm_backends[] = {ZM_BACKENDS(ZM_LIST)};
const size_t zm_backend_total = sizeof zm_backends / sizeof *zm_backends;

enum { ZM_BACKENDS(ZM_INDEX) };
#define ZM_PASTE(a, b)    a##b
#define ZM_INDEX_OF(name) ZM_PASTE(index_of_, name)
const size_t zm_backend_default = ZM_INDEX_OF(ZM_DEFAULT_BACKEND);
