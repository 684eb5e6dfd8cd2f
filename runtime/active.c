/* The active table: the functions of the running backend, one load away from the exported names.
 *
 * Until the choice is made its functions make it and call on. A call that comes from inside the
 * choice (an interposer of dl_iterate_phdr or pthread_key_create that allocates, say) is served by
 * early.c.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <sys/mman.h>

#include "choice.h"
#include "early.h"

/* One at a time and whole: other threads may be calling through the table. */
#define PUT(type, name, parameters, arguments) \
    __atomic_store_n(&zm_active_page.front.name, front->name, __ATOMIC_RELEASE);
#define PUT_VOID(name, parameters, arguments) PUT(void, name, parameters, arguments)

void zm_activate(const struct zm_front *chosen)
{
    const struct zm_front *front = zm_early_front(chosen);
    (void)!mprotect(&zm_active_page, sizeof zm_active_page, PROT_READ | PROT_WRITE);
    ZM_FRONT_FUNCTIONS(PUT, PUT_VOID)
    /* Where the system refuses, the table stays writable: nothing else changes. */
    (void)!mprotect(&zm_active_page, sizeof zm_active_page, PROT_READ);
}

/* Makes the choice, then calls the backend's function; the early one from inside the choice. */
#define FIRST(type, name, parameters, arguments)                                     \
    static type first_##name parameters                                              \
    {                                                                                \
        zm_choose();                                                                 \
        return zm_choosing() ? zm_early()->name arguments : ZM_CALL(name) arguments; \
    }
#define FIRST_VOID(name, parameters, arguments) \
    static void first_##name parameters         \
    {                                           \
        zm_choose();                            \
        if (zm_choosing())                      \
            zm_early()->name arguments;         \
        else                                    \
            ZM_CALL(name) arguments;            \
    }
ZM_FRONT_FUNCTIONS(FIRST, FIRST_VOID)

#define ENTRY(type, name, parameters, arguments) .name = first_##name,
#define ENTRY_VOID(name, parameters, arguments)  .name = first_##name,
_Alignas(ZM_PAGE_MAX) union zm_active_page zm_active_page = {
    .front = {ZM_FRONT_FUNCTIONS(ENTRY, ENTRY_VOID)}};
