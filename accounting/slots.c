/* Slots lie in chunks of doubling size that are never unmapped; those without an owner are on a
 * lock-free list.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "slots.h"

#include <assert.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/mman.h>

#define CHUNK_FIRST ZM_FIRST_SLOTS /* slots in chunk 0; chunk n has CHUNK_FIRST << n */
#define CHUNKS      24

struct zm_slot zm_first_slots[CHUNK_FIRST];
static struct zm_slot *_Atomic chunks[CHUNKS] = {zm_first_slots};
_Atomic uint32_t zm_slots_ever;
static _Atomic uint64_t free_list; /* tag << 32 | (index + 1); the tag is new after each change */

static unsigned chunk_of(uint32_t index)
{
    unsigned chunk = 0;
    for (uint32_t n = index / CHUNK_FIRST + 1; n > 1; n >>= 1)
        chunk++;
    return chunk;
}

struct zm_slot *zm_later_slots_from(uint32_t index, uint32_t most, uint32_t *length)
{
    assert(index < zm_slot_count() && most);
    unsigned chunk = chunk_of(index);
    uint32_t in_chunk = index - CHUNK_FIRST * ((UINT32_C(1) << chunk) - 1);
    uint32_t rest = (CHUNK_FIRST << chunk) - in_chunk;
    *length = rest < most ? rest : most;
    return atomic_load_explicit(&chunks[chunk], memory_order_acquire) + in_chunk;
}

struct zm_slot *zm_slot_at(uint32_t index)
{
    uint32_t length;
    return zm_slots_from(index, 1, &length);
}

/* A slot on the list is nobody's, and has its own totals in it. */
ZM_UNUSED static bool is_without_owner(struct zm_slot *slot)
{
    return !atomic_load(&slot->taken) && !atomic_load(&slot->native) && !atomic_load(&slot->beside);
}

void zm_slot_give(struct zm_slot *slot)
{
    assert(is_without_owner(slot) && zm_slot_at(slot->index) == slot);
    uint64_t head = atomic_load_explicit(&free_list, memory_order_relaxed);
    uint64_t mine;
    do {
        atomic_store_explicit(&slot->next_free, (uint32_t)head, memory_order_relaxed);
        mine = ((head >> 32) + 1) << 32 | (slot->index + 1);
    } while (!atomic_compare_exchange_weak_explicit(&free_list, &head, mine, memory_order_release,
                                                    memory_order_relaxed));
}

static struct zm_slot *pop_free(void)
{
    uint64_t head = atomic_load_explicit(&free_list, memory_order_acquire);
    while ((uint32_t)head) {
        struct zm_slot *slot = zm_slot_at((uint32_t)head - 1);
        uint64_t rest =
            ((head >> 32) + 1) << 32 | atomic_load_explicit(&slot->next_free, memory_order_relaxed);
        if (atomic_compare_exchange_weak_explicit(&free_list, &head, rest, memory_order_acquire,
                                                  memory_order_acquire))
            return slot;
    }
    return NULL;
}

static bool make_chunk(unsigned chunk)
{
    size_t bytes = ((size_t)CHUNK_FIRST << chunk) * sizeof(struct zm_slot);
    void *fresh = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (fresh == MAP_FAILED)
        return false;
    struct zm_slot *none = NULL;
    if (!atomic_compare_exchange_strong(&chunks[chunk], &none, fresh))
        munmap(fresh, bytes);
    return true;
}

static struct zm_slot *new_slot(void)
{
    uint32_t index = atomic_load(&zm_slots_ever);
    do {
        unsigned chunk = chunk_of(index);
        if (chunk >= CHUNKS || (!atomic_load(&chunks[chunk]) && !make_chunk(chunk)))
            return NULL;
    } while (!atomic_compare_exchange_weak(&zm_slots_ever, &index, index + 1));
    struct zm_slot *slot = zm_slot_at(index);
    slot->index = index;
    return slot;
}

struct zm_slot *zm_slot_take(void)
{
    struct zm_slot *slot = pop_free();
    if (!slot)
        slot = new_slot();
    assert(!slot || is_without_owner(slot));
    return slot;
}

#define AT(member) (uint32_t) offsetof(struct zm_slot, member)

void zm_slots_describe(struct zm_live_slots *out)
{
    static_assert(sizeof(uint32_t) == sizeof zm_slots_ever && sizeof(bool) == 1,
                  "as live_format.h");
    *out = (struct zm_live_slots){
        .chunks = (uintptr_t)chunks,
        .count = (uintptr_t)&zm_slots_ever,
        .chunk_count = CHUNKS,
        .first = CHUNK_FIRST,
        .slot_bytes = sizeof(struct zm_slot),
        .allocated = AT(allocated),
        .freed = AT(freed),
        .allocs = AT(allocs),
        .frees = AT(frees),
        .native = AT(native),
        .native_allocated = AT(native_allocated),
        .native_freed = AT(native_freed),
        .base_allocated = AT(base_allocated),
        .base_freed = AT(base_freed),
        .taken = AT(taken),
        .tid = AT(tid),
        .before_allocated = AT(before_allocated),
        .before_freed = AT(before_freed),
        .before_allocs = AT(before_allocs),
    };
}
