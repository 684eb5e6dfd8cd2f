/* The active table: the functions of what runs, one load away from the exported names.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_RUNTIME_ACTIVE_H
#define ZM_RUNTIME_ACTIVE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <zmalloc/heap.h>

#include "backends/front.h"

/* The largest page size that a system of this architecture may have. */
#if defined(__x86_64__) || defined(__i386__) || defined(__s390x__) || defined(__riscv)
#    define ZM_PAGE_MAX 4096
#else
#    define ZM_PAGE_MAX 65536
#endif

/* Pages of its own: made read-only when the choice is made. Until then its functions are those of
 * early.c, which make the choice and call on, so that no call has to ask whether it was made. */
union zm_active_page {
    struct {
        struct zm_front front;
        void *(*heap_malloc)(zmalloc_heap *heap, size_t size);
#ifdef ZM_FIXED_BACKEND
        bool layered; /* the table holds something else than the functions of the backend */
#endif
    };
    char page[ZM_PAGE_MAX];
};
extern ZM_HIDDEN union zm_active_page zm_active_page;

/* An acquire load, so that whoever finds the backend's function also finds the backend as init
 * has left it. x86 has no weaker load, and a plain one lets the compiler jump through memory. */
#if defined(__x86_64__) && !defined(ZM_SANITIZED)
#    define ZM_ACTIVE(member) (zm_active_page.member)
#else
#    define ZM_ACTIVE(member) (__atomic_load_n(&zm_active_page.member, __ATOMIC_ACQUIRE))
#endif

#ifndef ZM_FIXED_BACKEND

#    define ZM_CALL(function) ZM_ACTIVE(front.function)

#else

/* With one backend, fixed when the library was built, its functions are called by name unless
 * something else stands in the table: a single test that always goes the same way. */
#    define ZM_CALL(function) zm_call_##function
#    define ZM_CALL_RESULT(RESULT, name, parameters, arguments, ...) \
        ZM_INLINE ZM_TYPE_##RESULT zm_call_##name parameters         \
        {                                                            \
            if (ZM_UNLIKELY(ZM_ACTIVE(layered)))                     \
                return ZM_ACTIVE(front.name) arguments;              \
            return zm_fixed_##name arguments;                        \
        }
#    define ZM_CALL_VOID(name, parameters, arguments) \
        ZM_INLINE void zm_call_##name parameters      \
        {                                             \
            if (ZM_UNLIKELY(ZM_ACTIVE(layered)))      \
                ZM_ACTIVE(front.name) arguments;      \
            else                                      \
                zm_fixed_##name arguments;            \
        }
#    define ZM_CALL_SIZE(name, parameters, arguments)   \
        ZM_INLINE size_t zm_call_##name parameters      \
        {                                               \
            if (ZM_UNLIKELY(ZM_ACTIVE(layered)))        \
                return ZM_ACTIVE(front.name) arguments; \
            return zm_fixed_##name arguments;           \
        }
ZM_FRONT_FUNCTIONS(ZM_CALL_RESULT, ZM_CALL_RESULT, ZM_CALL_VOID, ZM_CALL_SIZE, ZM_CALL_SIZE)

#endif

/* Makes `front` the functions of the exported names: the front of what was chosen, or of a layer
 * over it. By one thread at a time. Returns 0, or -errno where the system does not let the table
 * be written: then it is as before. While there are early blocks, what takes a pointer goes
 * through early.c first. */
int zm_activate(const struct zm_front *front);

/* What zmalloc_heap_malloc is while those functions are the active ones, and while others are.
 * NULL: there was no heap yet, and it is what it was. */
struct zm_heap_mallocs {
    const struct zm_front *front;
    void *(*of_front)(zmalloc_heap *heap, size_t size);
    void *(*of_all)(zmalloc_heap *heap, size_t size);
};
extern ZM_HIDDEN struct zm_heap_mallocs zm_heap_mallocs;

/* Never 0, and another number whenever the table has changed, or an arena or a cache is gone that
 * flags could name: what was found out about flags before may be otherwise now. */
extern ZM_HIDDEN _Atomic uint32_t zm_era;

/* Whether these are the functions of the exported names now. */
bool zm_is_active(const struct zm_front *front);

/* What was activated last. */
const struct zm_front *zm_activated(void);

#endif
