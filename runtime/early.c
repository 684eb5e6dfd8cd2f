/* The layer of the first call: every function makes the choice and calls on.
 *
 * It stands in the active table when a program starts. The choice itself may call back into the
 * exported names (an interposer of dl_iterate_phdr or pthread_key_create that allocates, say):
 * those calls are served from the arena. If there were any, what takes a pointer stays here, so
 * that the arena's blocks are recognised.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <assert.h>
#include <string.h>

#include "active.h"
#include "arena.h"
#include "choice.h"
#include "heaps/blocks.h"

/* While the choice is being made NULL is this layer's business, too, since nobody else could
 * answer. */
static bool is_ours(const void *ptr)
{
    assert(zm_activated() || !ptr || zm_is_early(ptr)); /* nobody else has given any yet */
    return zm_is_early(ptr) || (!ptr && zm_choosing());
}

/* Early blocks are never resized in place, only left: the contents move to the chosen backend,
 * or within the arena if there is none yet. */
static struct zm_block move_out(void *ptr, size_t size)
{
    struct zm_block fresh = {NULL, 0};
    if (!ptr || size)
        fresh = zm_choosing() ? zm_early_alloc(0, size) : zm_activated()->alloc(size);
    if (fresh.ptr && ptr) {
        size_t old = zm_early_size(ptr);
        memcpy(fresh.ptr, ptr, old < size ? old : size);
    }
    return fresh;
}

#define ZM_LAYER                     early
#define ZM_LAYER_FUNCTIONS           ZM_FRONT_FUNCTIONS
#define ZM_LAYER_BELOW               zm_activated()
#define ZM_LAYER_ENTER()             zm_choose()
#define ZM_LAYER_SERVES()            zm_choosing()
#define ZM_LAYER_ALLOC(align, bytes) zm_early_alloc(align, bytes)
#define ZM_LAYER_OWNS()              is_ours(ptr)
#define ZM_LAYER_RESIZE()            move_out(ptr, size)
#define ZM_LAYER_USABLE()            zm_early_size(ptr)
#define ZM_LAYER_FREE()              zm_early_size(ptr)
#include "backends/layer_tmpl.h"

_Alignas(ZM_PAGE_MAX) union zm_active_page zm_active_page = {
    .front = {ZM_LAYER_ENTRIES},
    .heap_malloc = zm_heap_malloc,
#ifdef ZM_FIXED_BACKEND
    .layered = true,
#endif
};
