/* Starting a backend.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "backend.h"

int zm_backend_start(const struct zm_backend *backend)
{
    int error = backend->ops->init();
    if (error)
        return error;
    /* What init has left for later, fork handlers and thread keys, comes with the first block. */
    struct zm_block first = backend->ops->alloc(1);
    if (first.ptr)
        backend->ops->release(first.ptr);
    return 0;
}
