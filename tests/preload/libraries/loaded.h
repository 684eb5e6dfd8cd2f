/* For programs that run under the preload and are not linked with zmalloc: its names by dlsym;
 * those of the zmalloc API by their version, without which they are not to be had.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TESTS_LOADED_H
#define ZM_TESTS_LOADED_H

#include <stdbool.h>
#include <stddef.h>

#include "tests/core/test.h"

/* Ends the process where there is no such name. */
void *zm_symbol(const char *name);

/* zmalloc_used_memory and zmalloc_backend_name of the preloaded library. zm_loaded_init looks them
 * up; after it zm_loaded_used is safe in a signal handler. */
void zm_loaded_init(void);
size_t zm_loaded_used(void);
const char *zm_loaded_backend(void);

#endif
