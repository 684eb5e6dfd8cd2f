/* Giving rings to threads.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "ring.h"

#include <stdatomic.h>
#include <sys/mman.h>

/* If there are more threads, they share rings, and their blocks overlap a little sooner. */
#define RINGS       64
#define LARGE_BYTES ((size_t)256 << 20)

_Thread_local struct zm_ring zm_ring;

static _Atomic(char *) space; /* the rings, and then the place of all large blocks */
static atomic_uint taken;

static char *get_space(void)
{
    char *now = atomic_load(&space);
    if (now)
        return now;
    char *made = mmap(NULL, RINGS * ZM_RING_BYTES + LARGE_BYTES, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (made == MAP_FAILED)
        return NULL;
    if (atomic_compare_exchange_strong(&space, &now, made))
        return made;
    munmap(made, RINGS * ZM_RING_BYTES + LARGE_BYTES);
    return now;
}

void *zm_ring_slow(size_t size)
{
    char *from = get_space();
    if (!from || size > LARGE_BYTES)
        return NULL;
    if (size > ZM_RING_BYTES)
        return from + RINGS * ZM_RING_BYTES;
    char *start = zm_ring.end ? zm_ring.end - ZM_RING_BYTES
                              : from + atomic_fetch_add(&taken, 1) % RINGS * ZM_RING_BYTES;
    zm_ring.end = start + ZM_RING_BYTES;
    size_t room = (size + ZM_RING_ALIGN - 1) & ~(size_t)(ZM_RING_ALIGN - 1);
    zm_ring.next = start + room;
    return start;
}
