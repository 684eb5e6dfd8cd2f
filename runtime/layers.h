/* Layers above the account: what stands between the exported names and the front that was chosen.
 * Each is a file of this folder that defines zm_layer_NAME, and its table by layer_tmpl.h.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_RUNTIME_LAYERS_H
#define ZM_RUNTIME_LAYERS_H

#include "backends/backend.h"

struct zm_layer {
    /* Called once, when `below` runs and no other thread can call it yet. Returns what is to run
     * from now on: a backend whose front is a table over that of `below`, or `below` itself.
     * `allocator` is the backend under all layers and wraps, or the layer that steers several. */
    const struct zm_backend *(*start)(const struct zm_backend *below,
                                      const struct zm_backend *allocator);
};

/* From the front outwards. Heaps come while the program runs, and the limit, the last, comes and
 * goes. */
#define ZM_LAYERS(X)           X(switch) X(heaps) X(limit)

#define ZM_LAYER_DECLARE(NAME) extern const struct zm_layer zm_layer_##NAME;
ZM_LAYERS(ZM_LAYER_DECLARE)

#endif
