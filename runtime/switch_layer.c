/* The layer that asks whose a block is. New blocks are the running backend's, old ones go home.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "fronts.h"

struct zm_front_of zm_fronts[2 * ZM_LIVE_PURGE];
uint8_t zm_front_code;
uint64_t zm_fronts_started;

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

#define ZM_LAYER             switched
#define ZM_LAYER_FUNCTIONS   ZM_FRONT_FUNCTIONS
#define ZM_LAYER_ENTER()     const unsigned code = zm_front_now()
#define ZM_LAYER_ENTER_PTR() const unsigned code = zm_owner_of(ptr)
#define ZM_LAYER_BELOW       (&zm_fronts[code].front)
#define ZM_LAYER_MOVES()     (code != zm_front_running())
#define ZM_LAYER_RESIZE()    zm_front_move(&zm_front_switched, ptr, size)
#include "backends/layer_tmpl.h"

const struct zm_front zm_front_switched = {ZM_LAYER_ENTRIES};
