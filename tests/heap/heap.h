/* What the parts of the heap test share.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TESTS_HEAP_H
#define ZM_TESTS_HEAP_H

#include <errno.h>
#include <stdio.h>
#include <zmalloc.h>

#include "../core/test.h"

#define OPTIONS(...)                                                    \
    &(struct zmalloc_heap_options)                                      \
    {                                                                   \
        .struct_size = sizeof(struct zmalloc_heap_options), __VA_ARGS__ \
    }

struct zmalloc_heap_usage usage_of(zmalloc_heap *heap);

/* A heap on each backend, and one that has none of its own; returns their number. */
enum { MOST = 17 };
size_t make_all(zmalloc_heap **out);
void end_all(zmalloc_heap **heaps, size_t count);

/* The parts: each runs a group of tests and returns how many have failed. */
int test_blocks(void);
int test_limits(void);
int test_ends(void);
int test_processes(void);

#endif
