/* A registry whose backends do what the guard exists to refuse: zmalloc asks the allocator for the
 * size of every new block once more.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "backends/backend.h"
#include "backends/front.h"
#include "base/compiler.h"

/* Volatile: also with LTO it is a second lookup, not one shared with the first. */
static volatile size_t zm_looked_up;

struct twice {
    const struct zm_backend *volatile real;
    struct zm_front front;
    struct zm_backend backend;
};

ZM_INLINE void *look_twice(const struct twice *twice, size_t size)
{
    void *ptr = twice->real->front->zmalloc(size);
    zm_looked_up = twice->real->ops->usable(ptr);
    return ptr;
}

static void make(struct twice *twice, const struct zm_backend *real, void *(*zmalloc_twice)(size_t))
{
    twice->real = real;
    twice->front = *real->front;
    twice->front.zmalloc = zmalloc_twice;
    twice->backend.ops = real->ops;
    twice->backend.front = &twice->front;
}

#define LOOKUP(NAME)                                  \
    extern const struct zm_backend zm_backend_##NAME; \
    static struct twice twice_##NAME;                 \
    static void *zmalloc_##NAME(size_t size)          \
    {                                                 \
        return look_twice(&twice_##NAME, size);       \
    }
ZM_BACKENDS(LOOKUP)

#define LISTED(NAME) &twice_##NAME.backend,
const struct zm_backend *const zm_backends[] = {ZM_BACKENDS(LISTED)};
const size_t zm_backend_total = sizeof zm_backends / sizeof *zm_backends;
const size_t zm_backend_default = 0;

#define MAKE(NAME) make(&twice_##NAME, &zm_backend_##NAME, zmalloc_##NAME);
static void make_all(ZM_ARGUMENTS)
{
#ifdef __GLIBC__
    (void)argc, (void)argv, (void)envp;
#endif
    ZM_BACKENDS(MAKE)
}
ZM_AT_START("00100", make_all); /* before the choice, which takes one of them */
