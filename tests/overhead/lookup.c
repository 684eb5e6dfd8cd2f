/* A registry whose backends do what the guard exists to refuse: zmalloc asks the allocator for the
 * size of every new block once more.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "backends/backend.h"
#include "backends/front.h"

/* Volatile: also with LTO it is a second lookup, not one shared with the first. */
static volatile size_t zm_looked_up;

#define LOOKUP(NAME)                                           \
    extern const struct zm_backend zm_backend_##NAME;          \
    static const struct zm_backend *volatile real_##NAME;      \
    static void *zmalloc_##NAME(size_t size)                   \
    {                                                          \
        void *ptr = real_##NAME->front->zmalloc(size);         \
        zm_looked_up = real_##NAME->ops->usable(ptr);          \
        return ptr;                                            \
    }                                                          \
    static struct zm_front front_##NAME;                       \
    static struct zm_backend backend_##NAME;                   \
    __attribute__((constructor)) static void make_##NAME(void) \
    {                                                          \
        real_##NAME = &zm_backend_##NAME;                      \
        front_##NAME = *zm_backend_##NAME.front;               \
        front_##NAME.zmalloc = zmalloc_##NAME;                 \
        backend_##NAME.ops = zm_backend_##NAME.ops;            \
        backend_##NAME.front = &front_##NAME;                  \
    }
ZM_BACKENDS(LOOKUP)

#define LISTED(NAME) &backend_##NAME,
const struct zm_backend *const zm_backends[] = {ZM_BACKENDS(LISTED)};
const size_t zm_backend_total = sizeof zm_backends / sizeof *zm_backends;
const size_t zm_backend_default = 0;
