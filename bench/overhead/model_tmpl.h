/* A model, as a template. The file of each model includes it after defining MODEL(name), which
 * makes the name of a function, and static inline void count(size_t bytes, bool freed)
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BENCH_OVERHEAD_MODEL_TMPL_H
#define ZM_BENCH_OVERHEAD_MODEL_TMPL_H

#include <stdlib.h>

#include "models.h"
#include "own.h"

static inline void *counted(void *ptr)
{
    if (!ptr)
        abort(); /* those layers call their handler for this */
    count(own_usable(ptr), false);
    return ptr;
}

int MODEL(init)(void)
{
    return own_init();
}

void *MODEL(malloc)(size_t size)
{
    return counted(own_malloc(size));
}

void *MODEL(calloc)(size_t size)
{
    return counted(own_calloc(size));
}

void *MODEL(aligned)(size_t align, size_t size)
{
    return counted(own_aligned(align, size));
}

void *MODEL(realloc)(void *ptr, size_t size)
{
    if (!ptr)
        return MODEL(malloc)(size);
    size_t old = own_usable(ptr);
    void *moved = own_realloc(ptr, size);
    if (!moved)
        abort();
    count(old, true);
    return counted(moved);
}

void MODEL(free)(void *ptr)
{
    if (!ptr)
        return;
    count(own_usable(ptr), true);
    own_free(ptr);
}

#endif
