/* The arena of early blocks: it gives memory out and never takes any back.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "arena.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

/* Loading a library takes the most: libstdc++ alone wants 72 KB. Untouched pages cost nothing. */
#define ARENA_SIZE (1 << 20)
#define HEADER     16

static _Alignas(4096) char arena[ARENA_SIZE];
static size_t used; /* written by the thread that chooses alone */

bool zm_is_early(const void *ptr)
{
    return (uintptr_t)ptr - (uintptr_t)arena < ARENA_SIZE;
}

size_t zm_early_size(const void *ptr)
{
    size_t size;
    if (!ptr)
        return 0;
    assert(zm_is_early(ptr));
    memcpy(&size, (const char *)ptr - HEADER, sizeof size);
    return size;
}

struct zm_block zm_early_alloc(size_t align, size_t size)
{
    assert(!(align & (align - 1)));
    if (align < HEADER)
        align = HEADER;
    size_t start = (used + HEADER + align - 1) & ~(align - 1);
    if (align > sizeof arena || start > ARENA_SIZE || size > ARENA_SIZE - start)
        return (struct zm_block){NULL, 0};
    size = size ? (size + HEADER - 1) & ~(size_t)(HEADER - 1) : HEADER;
    if (size > ARENA_SIZE - start)
        return (struct zm_block){NULL, 0};
    memcpy(arena + start - HEADER, &size, sizeof size);
    used = start + size;
    return (struct zm_block){arena + start, size};
}

bool zm_early_used(void)
{
    return used != 0;
}
