/* Whose block is it: a byte for each page of 4 KiB says which backend last got the page from the
 * system, or last gave a block that starts there. No two allocators have blocks that start in the
 * same page at the same time, so for a live block the byte is its owner's.
 *
 * Two levels: where nobody ever had a page no memory is taken. An entry is written before
 * the block leaves the library, so whoever has been handed the block finds it.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_ACCOUNTING_OWNERS_H
#define ZM_ACCOUNTING_OWNERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zmalloc/export.h>

#include "base/compiler.h"

ZMALLOC_BEGIN

enum {
    ZM_OWNERS_PAGE = 12,
    ZM_OWNERS_LEAF = 18, /* entries of a leaf: one covers a GiB, and is mapped when first needed */
    ZM_OWNERS_ADDRESS = sizeof(void *) == 8 ? 48 : 32,
    ZM_OWNERS_TOP = ZM_OWNERS_ADDRESS - ZM_OWNERS_PAGE - ZM_OWNERS_LEAF
};

#define ZM_OWNERS_LEAF_BYTES ((size_t)1 << ZM_OWNERS_LEAF)

extern ZM_HIDDEN uint8_t *zm_owners[1 << ZM_OWNERS_TOP];

/* Whether there can be addresses beyond: of x86's, only the system's own are. Elsewhere a pointer
 * may have a tag in its upper bits. */
#ifdef __x86_64__
#    define ZM_OWNERS_ARE_ALL true
#else
#    define ZM_OWNERS_ARE_ALL (ZM_OWNERS_ADDRESS == 8 * sizeof(void *))
#endif

/* NULL: no block near it has had an owner. */
ZM_INLINE uint8_t *zm_owner_entry(const void *ptr)
{
    uintptr_t page = (uintptr_t)ptr >> ZM_OWNERS_PAGE;
    if (!ZM_OWNERS_ARE_ALL && ZM_UNLIKELY(page >> ZM_OWNERS_LEAF >> ZM_OWNERS_TOP))
        return NULL;
    uint8_t *leaf = __atomic_load_n(&zm_owners[page >> ZM_OWNERS_LEAF], __ATOMIC_ACQUIRE);
    return ZM_LIKELY(leaf) ? &leaf[page & ((1U << ZM_OWNERS_LEAF) - 1)] : NULL;
}

/* 0 if there was none. An acquire load: whoever finds a backend finds it started. */
ZM_INLINE unsigned zm_owner_of(const void *ptr)
{
    const uint8_t *entry = zm_owner_entry(ptr);
    return ZM_LIKELY(entry) ? __atomic_load_n(entry, __ATOMIC_ACQUIRE) : 0;
}

/* Whether it is this one, which is not 0. NULL has none. */
ZM_INLINE bool zm_owner_is(const void *ptr, unsigned owner)
{
    const uint8_t *entry = zm_owner_entry(ptr);
    return ZM_LIKELY(entry && ZM_LOAD(*entry) == owner);
}

/* Maps the leaf of this address. With `must`, one that is kept for the case may be used. False:
 * there is no memory, or the address is one that no system of this kind has. */
ZM_COLD bool zm_owners_map(const void *ptr, bool must);

/* False: as zm_owners_map. */
ZM_INLINE bool zm_owner_set(const void *ptr, unsigned owner, bool must)
{
    uint8_t *entry = zm_owner_entry(ptr);
    if (ZM_UNLIKELY(!entry)) {
        if (!zm_owners_map(ptr, must))
            return false;
        entry = zm_owner_entry(ptr);
    }
    if (ZM_UNLIKELY(ZM_LOAD(*entry) != owner))
        __atomic_store_n(entry, (uint8_t)owner, __ATOMIC_RELEASE);
    return true;
}

/* Whose all pages are that nobody has noted, 0 being nobody's. */
extern ZM_HIDDEN uint8_t zm_owner_of_rest;

/* Notes all pages that these bytes, at least one, are in: nobody's block is, yet, or any more; then
 * 0 for the owner. False as zm_owners_map; never where it makes no difference, because the owner is
 * that of the rest. */
ZM_COLD bool zm_owners_note(const void *start, size_t bytes, unsigned owner);

ZMALLOC_END

#endif
