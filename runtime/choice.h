/* The running backend: chosen at the first call, then fixed.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_RUNTIME_CHOICE_H
#define ZM_RUNTIME_CHOICE_H

#include <stdbool.h>

#include "backends/front_tmpl.h"

#ifdef ZM_FIXED_BACKEND

#    define ZM_CALL(function) zm_fixed_##function

#else

/* The largest page size that a system of this architecture may have. */
#    if defined(__x86_64__) || defined(__i386__) || defined(__s390x__) || defined(__riscv)
#        define ZM_PAGE_MAX 4096
#    else
#        define ZM_PAGE_MAX 65536
#    endif

/* Pages of its own: made read-only when the choice is made. Until then every function in it makes
 * the choice and calls on, so that no call has to ask whether it was made. */
union zm_active_page {
    struct zm_front front;
    char page[ZM_PAGE_MAX];
};
extern ZM_HIDDEN union zm_active_page zm_active_page;

/* Acquire: who finds the backend's function finds the backend as init has left it. x86 loads no
 * other way, and jumps through memory if the load is plain. */
#    if defined(__x86_64__) && !defined(ZM_SANITIZED)
#        define ZM_CALL(function) (zm_active_page.front.function)
#    else
#        define ZM_CALL(function) \
            (__atomic_load_n(&zm_active_page.front.function, __ATOMIC_ACQUIRE))
#    endif

#endif

/* Makes `front` the functions of the exported names: those of the choice, or of a limit over them.
 * One thread at a time. */
void zm_activate(const struct zm_front *front);

/* Makes the choice if it is still open. An unknown name ends the process. */
void zm_choose(void);

/* Whether the calling thread is in the middle of making the choice. */
bool zm_choosing(void);

/* The running backend; zm_running makes the choice, zm_chosen is NULL while it is open. */
const struct zm_backend *zm_running(void);
const struct zm_backend *zm_chosen(void);

/* The functions that were chosen, wraps included; makes the choice. */
const struct zm_front *zm_chosen_front(void);

/* The value of ZMALLOC_BACKEND where that is a file; else "". */
const char *zm_chosen_outside(void);

#endif
