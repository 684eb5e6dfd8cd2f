/* The layer that goes to what runs; and the one behind it, which asks whose a block is: old ones go
 * home.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "fronts.h"

struct zm_front_of zm_fronts[2 * ZM_LIVE_PURGE];
union zm_front_at zm_front_at;
uint32_t zm_fronts_started;

/* A loader need not keep to an alignment of more than a page, so the place is found here; pages of
 * it that hold no entry take no memory. */
struct zm_front_of *zm_fronts_running(void)
{
    enum { ALIGN = 1 << 16 };
    _Static_assert(sizeof(struct zm_front_of) == 256, "the code is one byte of an address");
    static alignas(256) char place[ALIGN + sizeof zm_fronts];
    return (struct zm_front_of *)(place + (-(uintptr_t)place & (ALIGN - 1)));
}

struct zm_block zm_front_move(const struct zm_front *layer, void *ptr, size_t size)
{
    struct zm_block fresh = {NULL, 0};
    if (size || !ptr) {
        fresh = layer->alloc(size);
        if (!fresh.ptr)
            return fresh;
    }
    if (size && ptr) {
        size_t old = layer->usable(ptr);
        memcpy(fresh.ptr, ptr, old < size ? old : size);
    }
    layer->zfree(ptr);
    return fresh;
}

/* ---- blocks of another than what runs ---- */

#define ZM_LAYER             stray
#define ZM_LAYER_FUNCTIONS   ZM_FRONT_FUNCTIONS
#define ZM_LAYER_ENTER()     const unsigned code = zm_front_now()
#define ZM_LAYER_ENTER_PTR() const unsigned code = zm_owner_of(ptr)
#define ZM_LAYER_BELOW       (&zm_fronts[code].front)
#define ZM_LAYER_MOVES()     (code != zm_front_running())
#define ZM_LAYER_RESIZE()    zm_front_move(&zm_front_of_strays, ptr, size)
#include "backends/layer_tmpl.h"

const struct zm_front zm_front_of_strays = {ZM_LAYER_ENTRIES};

/* ---- all calls ---- */

/* Whoever reads it finds the backend as its start has left it. */
static inline const struct zm_front *running(void)
{
    return &__atomic_load_n(&zm_front_at.entry, __ATOMIC_ACQUIRE)->front;
}

#define ZM_GO_RESULT(RESULT, name, parameters, arguments, ...) \
    static ZM_TYPE_##RESULT switched_##name parameters         \
    {                                                          \
        return running()->name arguments;                      \
    }
#define ZM_GO_VOID(name, parameters, arguments) \
    static void switched_##name parameters      \
    {                                           \
        running()->name arguments;              \
    }
#define ZM_GO_SIZE(name, parameters, arguments) \
    static size_t switched_##name parameters    \
    {                                           \
        return running()->name arguments;       \
    }
ZM_FRONT_FUNCTIONS(ZM_GO_RESULT, ZM_GO_RESULT, ZM_GO_VOID, ZM_GO_SIZE, ZM_GO_SIZE)

#define ZM_GO_ENTRY_RESULT(RESULT, name, ...) switched_##name,
#define ZM_GO_ENTRY(name, ...)                switched_##name,
const struct zm_front zm_front_switched = {ZM_FRONT_FUNCTIONS(
    ZM_GO_ENTRY_RESULT, ZM_GO_ENTRY_RESULT, ZM_GO_ENTRY, ZM_GO_ENTRY, ZM_GO_ENTRY)};
