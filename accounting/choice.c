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

#define VARIABLE "ZMALLOC_BACKEND"

enum { OPEN, CHOOSING, CHOSEN };
static atomic_int state = OPEN;
static _Atomic(uintptr_t) chooser; /* address of a thread-local of the thread that chooses */
static ZM_THREAD_LOCAL char this_thread;
static const struct zm_backend *running;

bool zm_choosing(void)
{
    return atomic_load_explicit(&state, memory_order_acquire) == CHOOSING &&
           atomic_load_explicit(&chooser, memory_order_relaxed) == (uintptr_t)&this_thread;
}

#ifdef __linux__
extern char **environ;

/* Called before libc has set environ the variable is still in the kernel's copy. */
static const char *variable_from_kernel(char *buf, size_t size)
{
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
            } else if (matched == sizeof VARIABLE - 1 && c == '=') {
                in_value = true;
            } else if (matched < sizeof VARIABLE - 1 && c == VARIABLE[matched]) {
                matched++;
            } else {
                matched = sizeof VARIABLE; /* another variable: wait for its end */
            }
        }
    close(fd);
    buf[length] = '\0';
    return in_value ? buf : NULL;
}

static const char *variable(char *buf, size_t size)
{
    return environ ? getenv(VARIABLE) : variable_from_kernel(buf, size);
}
#else
static const char *variable(char *buf, size_t size)
{
    (void)buf, (void)size;
    return getenv(VARIABLE);
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

static const struct zm_backend *chosen_backend(void)
{
    char buf[64];
    const char *name = variable(buf, sizeof buf);
    if (!name || !*name)
        return zm_backends[zm_backend_default];
    const struct zm_backend *backend = find(name);
    if (!backend)
        refuse(name);
    return backend;
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
    zm_counters_init(backend->ops->totals);
    running = backend;
    zm_activate(backend->front);
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
