/* Backends that are not built in: a module's file, or any library with malloc and free.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BACKENDS_OUTSIDE_OUTSIDE_H
#define ZM_BACKENDS_OUTSIDE_OUTSIDE_H

#include <stdbool.h>
#include <zmalloc/module.h>

#include "backends/backend.h"

#define ZM_OUTSIDE_LIBRARY "lib:"

/* Whether a value of ZMALLOC_BACKEND means one: "lib:...", or it holds a '/' or ends in ".so". */
bool zm_outside_named(const char *name);

/* Loads it. NULL: *why can't it, in static storage. Once, by the thread that chooses. */
const struct zm_backend *zm_outside_load(const char *name, const char **why);

/* library.c: fills *out with functions over the library's; `name`: the file. NULL, or why not. */
const char *zm_library_open(void *handle, const char *file, struct zmalloc_module *out);

#endif
