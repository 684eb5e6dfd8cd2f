/* The choice of the backend: ZMALLOC_BACKEND, else the build's default.
 *
 * It is made by the first call, not by a constructor: other constructors allocate before ours could
 * run. A call that comes from inside the choice (an interposer of dl_iterate_phdr or
 * pthread_key_create that allocates, say) is served from early.c.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "choice.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef __linux__
#    include <sys/auxv.h>
#endif

#ifndef ZM_FIXED_BACKEND
#    include "backends/outside/outside.h"
#    include "backends/wrap/wrap.h"
#endif

#define VARIABLE "ZMALLOC_BACKEND"
#define WRAP     "ZMALLOC_WRAP"

enum { OPEN, CHOOSING, CHOSEN };
static atomic_int state = OPEN;
static _Atomic(uintptr_t) chooser; /* address of a thread-local of the thread that chooses */
static ZM_THREAD_LOCAL char this_thread;
static const struct zm_backend *running;
static const struct zm_front *running_front;

bool zm_choosing(void)
{
    return atomic_load_explicit(&state, memory_order_acquire) == CHOOSING &&
           atomic_load_explicit(&chooser, memory_order_relaxed) == (uintptr_t)&this_thread;
}

#ifdef __linux__
extern char **environ;

/* Called before libc has set environ the variable is still in the kernel's copy. */
static const char *variable_from_kernel(const char *name, char *buf, size_t size)
{
    size_t name_length = strlen(name);
    int fd = open("/proc/self/environ", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    size_t matched = 0, length = 0;
    bool in_value = false, found = false;
    char chunk[512];
    ssize_t n;
    while (!found && (n = read(fd, chunk, sizeof chunk)) > 0)
        for (ssize_t i = 0; i < n && !found; i++) {
            char c = chunk[i];
            if (in_value) {
                if (c == '\0' || length == size - 1)
                    found = true;
                else
                    buf[length++] = c;
            } else if (c == '\0') {
                matched = 0;
            } else if (matched == name_length && c == '=') {
                in_value = true;
            } else if (matched < name_length && c == name[matched]) {
                matched++;
            } else {
                matched = name_length + 1; /* another variable: wait for its end */
            }
        }
    close(fd);
    buf[length] = '\0';
    return in_value ? buf : NULL;
}

static const char *variable(const char *name, char *buf, size_t size)
{
    return environ ? getenv(name) : variable_from_kernel(name, buf, size);
}

/* Set-user-ID: who has set the environment may not make the program load or write files. */
static bool trusted(void)
{
    return getauxval(AT_SECURE) == 0;
}
#else
static const char *variable(const char *name, char *buf, size_t size)
{
    (void)buf, (void)size;
    return getenv(name);
}

static bool trusted(void)
{
    return getuid() == geteuid() && getgid() == getegid();
}
#endif

static const struct zm_backend *find(const char *name)
{
    for (size_t i = 0; i < zm_backend_total; i++)
        if (strcmp(zm_backends[i]->ops->name, name) == 0)
            return zm_backends[i];
    return NULL;
}

static size_t append(char *to, size_t length, size_t size, const char *from)
{
    while (*from && length < size - 1)
        to[length++] = *from++;
    to[length] = '\0';
    return length;
}

static void refuse(const char *name)
{
    char list[256];
    size_t length = 0;
    for (size_t i = 0; i < zm_backend_total; i++) {
        length = append(list, length, sizeof list, i ? ", " : "");
        length = append(list, length, sizeof list, zm_backends[i]->ops->name);
    }
    zm_complain("zmalloc: " VARIABLE "=", name, ": no such backend here; built in: ", list,
                (char *)NULL);
    abort();
}

#ifndef ZM_FIXED_BACKEND
static char from_outside[4096]; /* what was chosen, if it is not built in */

static const struct zm_backend *load(const char *name)
{
    const char *why = "a set-user-ID program takes no backend from outside";
    const struct zm_backend *backend = trusted() ? zm_outside_load(name, &why) : NULL;
    if (!backend) {
        zm_complain("zmalloc: " VARIABLE "=", name, ": ", why, (char *)NULL);
        abort();
    }
    append(from_outside, 0, sizeof from_outside, name);
    return backend;
}
#endif

const char *zm_chosen_outside(void)
{
#ifdef ZM_FIXED_BACKEND
    return "";
#else
    return from_outside;
#endif
}

static const struct zm_backend *chosen_backend(void)
{
    static char buf[4096];
    const char *name = variable(VARIABLE, buf, sizeof buf);
    if (!name || !*name)
        return zm_backends[zm_backend_default];
#ifndef ZM_FIXED_BACKEND
    if (zm_outside_named(name))
        return load(name);
#endif
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
    const char *list = variable(WRAP, buf, sizeof buf);
    if (!list || !*list || !trusted())
        return backend;
#ifdef ZM_FIXED_BACKEND
    refuse_wrap(list, "this build is fixed to one backend, and takes no wraps");
#else
    const char *why = zm_wrap_parse(list);
    const struct zm_backend *around = why ? NULL : zm_wrap_start(backend, &why);
    if (!around)
        refuse_wrap(list, why);
    return around;
#endif
}

void zm_choose(void)
{
    int open = OPEN;
    if (!atomic_compare_exchange_strong(&state, &open, CHOOSING)) {
        while (!zm_choosing() && atomic_load_explicit(&state, memory_order_acquire) != CHOSEN)
            sched_yield();
        return;
    }
    atomic_store(&chooser, (uintptr_t)&this_thread);
    int saved_errno = errno;
    const struct zm_backend *backend = chosen_backend();
    int error = backend->ops->init();
    if (error) {
        zm_complain("zmalloc: backend ", backend->ops->name, " can't start: ", strerror(-error),
                    (char *)NULL);
        abort();
    }
    const struct zm_backend *front = wrapped(backend);
    zm_counters_init(front->ops->totals, front->ops->usable);
    running = backend;
    running_front = front->front;
    zm_activate(front->front);
    atomic_store_explicit(&state, CHOSEN, memory_order_release);
    errno = saved_errno;
}

const struct zm_backend *zm_chosen(void)
{
    return atomic_load_explicit(&state, memory_order_acquire) == CHOSEN ? running : NULL;
}

const struct zm_backend *zm_running(void)
{
    if (!zm_chosen())
        zm_choose();
    return running;
}

const struct zm_front *zm_chosen_front(void)
{
    zm_running();
    return running_front;
}
