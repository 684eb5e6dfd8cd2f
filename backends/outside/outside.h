/* Backends that are not built in: a module's file, or any library with malloc and free.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BACKENDS_OUTSIDE_OUTSIDE_H
#define ZM_BACKENDS_OUTSIDE_OUTSIDE_H

#include <stdbool.h>
#include <zmalloc/module.h>

#include "backends/backend.h"

#define ZM_OUTSIDE_LIBRARY "lib:"

/* Whether a value of ZMALLOC_BACKEND means such a backend: "lib:...", or one that holds a '/' or
 * ends in ".so". */
bool zm_outside_named(const char *name);

/* Loads the backend; NULL, with the reason in static storage in *why, if it can't. Called once,
 * by the thread that makes the choice. */
const struct zm_backend *zm_outside_load(const char *name, const char **why);

/* Loads a shared object, in its own scope, and for good; a library as one whose own calls of malloc
 * are its own. NULL, with the reason in static storage in *why, if it can't. */
void *zm_outside_open(const char *file, bool library, const char **why);

/* In library.c: fills *out with functions that call those of the library `file`. Returns NULL,
 * or why it can't. */
const char *zm_library_open(void *handle, const char *file, struct zmalloc_module *out);

#endif
