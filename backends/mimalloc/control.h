/* What the two halves of the mimalloc module have in common.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BACKENDS_MIMALLOC_CONTROL_H
#define ZM_BACKENDS_MIMALLOC_CONTROL_H

#include <stdbool.h>

#include "backends/control.h"
#include "base/compiler.h"
#include "internals.h"

/* Whether mimalloc's count of committed bytes has gone wrong, which it then stays; read and
 * written atomically. A block aligned to more than MI_ALIGNMENT_MAX has a segment of its own,
 * and 2.0 takes what lies before the block off the count twice. */
extern ZM_HIDDEN bool ZM_MODULE_SYMBOL(miscounts);

ZM_INLINE void ZM_MODULE_SYMBOL(aligns)(size_t align)
{
#if ZM_MIMALLOC_LINE == 20
    if (ZM_UNLIKELY(align > MI_ALIGNMENT_MAX))
        __atomic_store_n(&ZM_MODULE_SYMBOL(miscounts), true, __ATOMIC_RELAXED);
#else
    (void)align;
#endif
}

/* Members of struct zm_control. */

/* mi_good_size rounds large sizes to pages, and the blocks get more than that: where this begins
 * differs by release and by machine, but it is above 64 KiB everywhere. */
static inline size_t ZM_MODULE_SYMBOL(good_size)(size_t size)
{
    return size <= 65536 ? mi_good_size(size) : 0;
}

int ZM_MODULE_SYMBOL(set_decay)(int which, int64_t ms);
int ZM_MODULE_SYMBOL(get_decay)(int which, int64_t *ms);

/* The heap that the calling thread has under a number; NULL: none. */
mi_heap_t *ZM_MODULE_SYMBOL(heap)(uint32_t arena);

/* Gives back what the segments of a heap of the calling thread have put off, where mi_heap_collect
 * does not. */
void ZM_MODULE_SYMBOL(give_back)(mi_heap_t *heap);

/* Of pages.c, which is there where the insides are known: room for blocks in the pages of the
 * calling thread's heaps, and what mimalloc has from the system. */
size_t ZM_MODULE_SYMBOL(room)(void);
int64_t ZM_MODULE_SYMBOL(reserved)(void);

/* More of those members. */
struct zm_block ZM_MODULE_SYMBOL(alloc_flags)(size_t size, int flags);
int ZM_MODULE_SYMBOL(slabs)(void *const *ptrs, size_t count, struct zm_slab *out);
struct zm_block ZM_MODULE_SYMBOL(alloc_near)(const void *ptr, size_t size);

extern const struct zm_control ZM_MODULE_SYMBOL(control);

#endif
