/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TESTS_CLASH_LIB_H
#define ZM_TESTS_CLASH_LIB_H

#include <stddef.h>

/* Its own, as in graphviz's libgvc: zmalloc returns zeros, zrealloc takes four arguments. */
void *zmalloc(size_t size);
void *zrealloc(void *ptr, size_t count, size_t element, size_t old_count);

/* Calls its own by name, as any library does. 0: they did what they are for. */
int zm_clash_lib_work(void);

#endif
