/* Starting a backend.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "backend.h"

int zm_backend_start(const struct zm_backend *backend)
{
    int error = backend->ops->init();
    if (error)
        return error;
    /* What init has left for later, fork handlers and thread keys, comes with the first block. Not
     * a small one: the thread's cache would keep it, and jemalloc's hot path would hand it out to
     * the thread's first call, before there is a slot to count it in. */
    struct zm_block first = backend->ops->alloc(32768);
    if (first.ptr)
        backend->ops->release(first.ptr);
    return 0;
}
