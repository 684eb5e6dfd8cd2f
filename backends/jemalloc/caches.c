/* jemalloc: caches that belong to no thread.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "control.h"

#include <errno.h>
#include <jemalloc/jemalloc.h>
#include <stdatomic.h>

enum { CACHES = ZM_TCACHE_OF(ZM_TCACHE_FLAGS) + 1 };

/* The created ones: jemalloc aborts at a number that is none. */
static _Atomic uint32_t caches[CACHES / 32 + 1];

bool ZM_MODULE_SYMBOL(has_tcache)(uint32_t cache)
{
    return cache < CACHES && (atomic_load(&caches[cache / 32]) & UINT32_C(1) << cache % 32);
}

int ZM_MODULE_SYMBOL(tcache_create)(uint32_t *cache)
{
    unsigned number = 0;
    size_t size = sizeof number;
    int error = je_mallctl("tcache.create", &number, &size, NULL, 0);
    if (error)
        return failed(error);
    atomic_fetch_or(&caches[number / 32], UINT32_C(1) << number % 32);
    *cache = number;
    return 0;
}

int ZM_MODULE_SYMBOL(tcache_flush)(uint32_t cache)
{
    unsigned number = cache;
    if (!ZM_MODULE_SYMBOL(has_tcache)(cache))
        return -EINVAL;
    return failed(je_mallctl("tcache.flush", NULL, NULL, &number, sizeof number));
}

/* Unknown first: of two threads that destroy it only one does. */
int ZM_MODULE_SYMBOL(tcache_destroy)(uint32_t cache)
{
    unsigned number = cache;
    uint32_t bit = UINT32_C(1) << cache % 32;
    if (cache >= CACHES || !(atomic_fetch_and(&caches[cache / 32], ~bit) & bit))
        return -EINVAL;
    return failed(je_mallctl("tcache.destroy", NULL, NULL, &number, sizeof number));
}
