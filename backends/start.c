/* Starting a backend.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <assert.h>

#include "control.h"
#include "front.h"
#include "heaps.h"

const struct zm_front *zm_front_strays;
struct zm_heap_rest zm_heap_rest;

#ifndef NDEBUG
/* The members that backend.h and control.h call mandatory, and those that come only together. */
static void assert_whole(const struct zm_ops *ops)
{
    assert(ops->name && ops->version && ops->init);
    assert(ops->alloc && ops->alloc_zeroed && ops->alloc_aligned && ops->resize);
    assert(ops->usable && ops->release && ops->release_sized);
    assert(!ops->find == !(ops->totals ? ops->take_found != NULL : ops->release_found != NULL));
    assert(ops->totals ? !ops->release_found : !ops->take_found && !ops->release_hot);
    assert(ops->find || !ops->find_sized);
    assert(ops->find || !ops->find_any);
    assert(ops->alloc_passes || !ops->alloc_pauses);
    assert(ops->release_hot || !ops->release_sized_hot);
}

static void assert_control_whole(const struct zm_control *control)
{
    assert(!control->set_background == !control->get_background);
    assert(!control->set_decay == !control->get_decay);
    assert(!control->arena_create == !control->arena_destroy);
    assert(!control->arena_assign == !control->arena_assigned);
    assert(!control->tcache_create == !control->has_tcache);
    assert(!control->tcache_create == !(control->tcache_flush && control->tcache_destroy));
    assert(!control->flags == !control->alloc_flags);
    assert(!(control->flags & ZM_ARENA_FLAGS) == !control->has_arena);
    assert(!(control->flags & ZMALLOC_NO_TCACHE) || control->release_flags);
    assert(!control->slabs == !control->alloc_near);
}
#endif

int zm_backend_start(const struct zm_backend *backend)
{
#ifndef NDEBUG
    assert_whole(backend->ops);
    if (backend->ops->control)
        assert_control_whole(backend->ops->control);
#endif
    int error = backend->ops->init();
    if (error)
        return error;
    /* Some allocators make their fork handlers and thread keys only with the first block, so one is
     * made here. It is not small: the thread's cache would keep it, and jemalloc's hot path would
     * hand it out to the thread's first call, before there is a slot to count it in. */
    struct zm_block first = backend->ops->alloc(32768);
    if (first.ptr)
        backend->ops->release(first.ptr);
    return 0;
}
