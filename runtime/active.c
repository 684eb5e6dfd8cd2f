/* Writing the active table.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "active.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "arena.h"
#include "stubs/stubs.h"

static const struct zm_front *_Atomic activated;
_Atomic uint32_t zm_era = 1;
struct zm_heap_mallocs zm_heap_mallocs;

const struct zm_front *zm_activated(void)
{
    return activated;
}

/* Each pointer is written whole, because other threads may be calling through the table
 * meanwhile. */
#define PUT(name)         \
    (assert(front->name), \
     __atomic_store_n(&zm_active_page.front.name, front->name, __ATOMIC_RELEASE))
#define PUT_ALLOC(RESULT, name, ...)  PUT(name);
#define PUT_RESIZE(RESULT, name, ...) PUT(name);
#define PUT_OTHER(name, ...)          PUT(name);
#define KEEP(...)

#ifdef ZM_FIXED_BACKEND
#    define DIFFERS(name, ...)                || ZM_ACTIVE(front.name) != zm_fixed_##name
#    define DIFFERS_RESULT(RESULT, name, ...) || ZM_ACTIVE(front.name) != zm_fixed_##name

/* Whether any function in the table is another than the backend's own. */
static bool is_layered(void)
{
    return false ZM_FRONT_FUNCTIONS(DIFFERS_RESULT, DIFFERS_RESULT, DIFFERS, DIFFERS, DIFFERS);
}
#endif

#define IS(name, ...)                &&zm_active_page.front.name == front->name
#define IS_RESULT(RESULT, name, ...) &&zm_active_page.front.name == front->name

bool zm_is_active(const struct zm_front *front)
{
    bool gives = true ZM_FRONT_FUNCTIONS(IS_RESULT, KEEP, KEEP, KEEP, KEEP);
    bool takes = true ZM_FRONT_FUNCTIONS(KEEP, IS_RESULT, IS, IS, IS);
    return gives && (takes || zm_early_used());
}

int zm_activate(const struct zm_front *front)
{
    static bool is_read_only;
    assert(front);
    if (is_read_only &&
        mprotect(&zm_active_page, sizeof zm_active_page, PROT_READ | PROT_WRITE) != 0)
        return -errno;
    int error = zm_stubs_unlock();
    if (error) {
        if (is_read_only)
            (void)mprotect(&zm_active_page, sizeof zm_active_page, PROT_READ);
        return error;
    }
    activated = front;
    ZM_FRONT_FUNCTIONS(PUT_ALLOC, KEEP, KEEP, KEEP, KEEP)
    if (!zm_early_used()) {
        ZM_FRONT_FUNCTIONS(KEEP, PUT_RESIZE, PUT_OTHER, PUT_OTHER, PUT_OTHER)
    }
    if (zm_heap_mallocs.of_all)
        __atomic_store_n(&zm_active_page.heap_malloc,
                         front == zm_heap_mallocs.front ? zm_heap_mallocs.of_front
                                                        : zm_heap_mallocs.of_all,
                         __ATOMIC_RELEASE);
#ifdef ZM_FIXED_BACKEND
    __atomic_store_n(&zm_active_page.layered, is_layered(), __ATOMIC_RELEASE);
#endif
    zm_stubs_follow(&zm_active_page.front);
    atomic_fetch_add(&zm_era, 1);
    /* Where the system refuses, the table stays writable: nothing else changes. */
    is_read_only = mprotect(&zm_active_page, sizeof zm_active_page, PROT_READ) == 0;
    return 0;
}
