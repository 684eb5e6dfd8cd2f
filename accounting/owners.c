/* SPDX-License-Identifier: BSD-3-Clause */
#include "owners.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

uint8_t *zm_owners[1 << ZM_OWNERS_TOP];
uint8_t zm_owner_of_rest;

/* For a resized block, which can't be refused any more. */
static uint8_t *kept;

static uint8_t *map(void)
{
    void *leaf = mmap(NULL, ZM_OWNERS_LEAF_BYTES, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return leaf == MAP_FAILED ? NULL : leaf;
}

static void keep_one(void)
{
    uint8_t *none = NULL, *leaf = ZM_LOAD(kept) ? NULL : map();
    if (leaf &&
        !__atomic_compare_exchange_n(&kept, &none, leaf, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
        munmap(leaf, ZM_OWNERS_LEAF_BYTES);
}

bool zm_owners_map(const void *ptr, bool must)
{
    uintptr_t index = (uintptr_t)ptr >> (ZM_OWNERS_PAGE + ZM_OWNERS_LEAF);
    if (index >> ZM_OWNERS_TOP)
        return false;
    int saved_errno = errno;
    keep_one();
    uint8_t *none = NULL, *leaf = map();
    if (!leaf && must)
        leaf = __atomic_exchange_n(&kept, NULL, __ATOMIC_ACQUIRE);
    bool mapped = leaf;
    if (leaf && !__atomic_compare_exchange_n(&zm_owners[index], &none, leaf, false,
                                             __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        munmap(leaf, ZM_OWNERS_LEAF_BYTES); /* another thread was quicker */
    errno = saved_errno;
    return mapped || zm_owner_entry(ptr);
}

/* A page that is in nobody's hands but the caller's: the bytes need not be written one by one. */
bool zm_owners_note(const void *start, size_t bytes, unsigned owner)
{
    const uintptr_t leaf = ZM_OWNERS_LEAF_BYTES;
    uintptr_t page = (uintptr_t)start >> ZM_OWNERS_PAGE;
    const uintptr_t last = ((uintptr_t)start + bytes - 1) >> ZM_OWNERS_PAGE;
    bool all = true;
    while (page <= last) {
        const void *at = (const void *)(page << ZM_OWNERS_PAGE);
        uintptr_t some = leaf - page % leaf;
        if (some > last - page + 1)
            some = last - page + 1;
        if (zm_owner_entry(at) || (owner && zm_owners_map(at, false)))
            memset(zm_owner_entry(at), (int)owner, some);
        else if (owner)
            all = false;
        page += some;
    }
    return all || owner == zm_owner_of_rest;
}
