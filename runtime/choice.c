/* The choice of the backend: ZMALLOC_BACKEND, else the build's default.
 *
 * It is made as early as the loader lets us, by a constructor, so that the allocator's fork
 * handlers and thread keys are older than the program's, and no fork and no other thread can come
 * in between. A call that comes before, from another constructor, makes the choice then; one that
 * comes from inside the choice (an interposer of dl_iterate_phdr or pthread_key_create that
 * allocates, say) is served from the arena, see early.c.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "choice.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "accounting/counters.h"
#include "active.h"
#include "backends/names.h"
#include "backends/outside/outside.h"
#include "backends/wrap/wrap.h"
#include "base/compiler.h"
#include "base/environment.h"
#include "base/failure.h"
#include "base/stay.h"
#include "base/wait.h"
#include "layers.h"
#include "live.h"
#include "switch.h"

#define VARIABLE "ZMALLOC_BACKEND"
#define WRAP     "ZMALLOC_WRAP"

enum { OPEN, CHOOSING, CHOSEN }; /* each state follows the one before it, once */
static atomic_int state = OPEN;
static _Atomic(uintptr_t) chooser; /* address of a thread-local of the thread that chooses */
/* 0 until the loader has filled the thread's storage: it fills the first thread's after it has run
 * the resolvers of the program's IFUNCs, and what these have left there is gone. */
static ZM_THREAD_LOCAL volatile char this_thread = 1;
static const struct zm_backend *running;

static bool too_early(void)
{
    return !this_thread;
}

bool zm_choosing(void)
{
    if (too_early())
        return true;
    return atomic_load_explicit(&state, memory_order_acquire) == CHOOSING &&
           atomic_load_explicit(&chooser, memory_order_relaxed) == (uintptr_t)&this_thread;
}

static const struct zm_backend *find(const char *name)
{
    for (size_t i = 0; i < zm_backend_total; i++)
        if (strcmp(zm_backends[i]->ops->name, name) == 0)
            return zm_backends[i];
    return NULL;
}

static void refuse(const char *name)
{
    char buf[256];
    const char *list = zm_names(buf, sizeof buf);
    zm_complain("zmalloc: " VARIABLE "=", name, ": no such backend here; built in: ", list,
                (char *)NULL);
    abort();
}

static char from_outside[4096]; /* what was chosen, if it is not built in */

static const struct zm_backend *load(const char *name)
{
    const char *why;
    const struct zm_backend *backend = zm_outside_load(name, &why);
    if (!backend) {
        zm_complain("zmalloc: " VARIABLE "=", name, ": ", why, (char *)NULL);
        abort();
    }
    zm_append(from_outside, 0, sizeof from_outside, name);
    return backend;
}

const char *zm_chosen_outside(void)
{
    return from_outside;
}

static const struct zm_backend *chosen_backend(void)
{
    static char buf[4096];
    const char *name = zm_environment(VARIABLE, buf, sizeof buf);
    if (!name || !*name)
        return zm_backends[zm_backend_default];
    if (zm_outside_named(name) && zm_environment_trusted())
        return load(name);
    if (zm_outside_named(name)) {
        zm_complain("zmalloc: " VARIABLE "=", name,
                    ": ignored, for a set-user-ID program takes no "
                    "backend from outside",
                    (char *)NULL);
        return zm_backends[zm_backend_default];
    }
    const struct zm_backend *backend = find(name);
    if (!backend)
        refuse(name);
    return backend;
}

static _Noreturn void refuse_wrap(const char *list, const char *why)
{
    zm_complain("zmalloc: " WRAP "=", list, ": ", why, (char *)NULL);
    abort();
}

/* What runs in place of `backend`: the same, or ZMALLOC_WRAP around it. */
static const struct zm_backend *wrapped(const struct zm_backend *backend)
{
    static char buf[4096];
    const char *list = zm_environment(WRAP, buf, sizeof buf);
    if (!list || !*list || !zm_environment_trusted())
        return backend;
    const char *why = zm_wrap_parse(list);
    const struct zm_backend *around = why ? NULL : zm_wrap_start(backend, &why);
    if (!around)
        refuse_wrap(list, why);
    return around;
}

static void start_layers(const struct zm_backend *below, const struct zm_backend *allocator)
{
#define LAYER(NAME) &zm_layer_##NAME,
    static const struct zm_layer *const layers[] = {ZM_LAYERS(LAYER)};
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
        const struct zm_backend *over = layers[i]->start(below, allocator);
        if (over->front != below->front)
            (void)zm_activate(over->front);
        if (below == allocator)
            allocator = over; /* it steers what it stands over */
        below = over;
    }
}

void zm_choose(void)
{
    if (too_early())
        return;
    int open = OPEN;
    if (!atomic_compare_exchange_strong(&state, &open, CHOOSING)) {
        unsigned steps = 0;
        while (!zm_choosing() && atomic_load_explicit(&state, memory_order_acquire) != CHOSEN)
            zm_wait(&steps);
        return;
    }
    atomic_store(&chooser, (uintptr_t)&this_thread);
    int saved_errno = errno;
    const struct zm_backend *backend = chosen_backend();
    bool switching = zm_switch_wanted();
    if (switching)
        backend = zm_switch_prepared(backend);
    int error = zm_backend_start(backend);
    if (error) {
        zm_complain("zmalloc: backend ", backend->ops->name,
                    " can't start: ", backend->ops->why ? backend->ops->why() : strerror(-error),
                    (char *)NULL);
        abort();
    }
    const struct zm_backend *around = wrapped(backend);
    assert(zm_choosing() && !running);
    zm_counters_init(around->ops->totals);
    running = backend;
    (void)zm_activate(around->front);
    start_layers(around, backend);
    zm_live_start(backend);
    atomic_store_explicit(&state, CHOSEN, memory_order_release);
    zm_stay(); /* only now, so that what the loader allocates for it is served as any other */
    errno = saved_errno;
}

const struct zm_backend *zm_chosen(void)
{
    if (atomic_load_explicit(&state, memory_order_acquire) != CHOSEN)
        return NULL;
    assert(running);
    const struct zm_backend *current = zm_switch_current();
    return current ? current : running;
}

const struct zm_backend *zm_running(void)
{
    const struct zm_backend *chosen = zm_chosen();
    if (chosen)
        return chosen;
    zm_choose();
    chosen = zm_switch_current();
    return chosen ? chosen : running;
}

/* ---- at the start of the program ---- */

#ifdef __ELF__
extern const char zmalloc_starts_late __attribute__((weak, visibility("default")));
#    define STARTS_LATE (&zmalloc_starts_late != NULL)
#else
#    define STARTS_LATE false
#endif

static void choose_at_start(ZM_ARGUMENTS)
{
#ifdef __GLIBC__ /* this may run before libc's own constructor, which sets environ */
    (void)argc, (void)argv;
    zm_environment_is(envp);
#endif
    if (!STARTS_LATE)
        zm_choose();
}
ZM_AT_START("00101", choose_at_start);
