/* SPDX-License-Identifier: BSD-3-Clause */
#include "memory.h"

#include <string.h>
#include <sys/mman.h>

/* Pages that nobody touches take no memory, so none must be made a huge one. */
static void *map(void *at, size_t size)
{
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | (at ? MAP_FIXED : 0);
#ifdef MAP_NORESERVE
    flags |= MAP_NORESERVE;
#endif
    void *fresh = mmap(at, size, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (fresh == MAP_FAILED)
        return NULL;
#ifdef MADV_NOHUGEPAGE
    (void)madvise(fresh, size, MADV_NOHUGEPAGE);
#endif
    return fresh;
}

void *zm_heap_map(size_t size)
{
    return map(NULL, size);
}

void zm_heap_empty(void *memory, size_t size)
{
    if (!map(memory, size))
        memset(memory, 0, size);
}
