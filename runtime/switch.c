/* Switching: a layer that knows whose every block is, so that new blocks can come from another
 * backend at any time, and old ones go home.
 *
 * Whatever may be switched to is started before the program is, with its fork handlers and keys;
 * then a switch is the writing of one byte, which a signal handler or another process may do, too.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "switch.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "accounting/sums.h"
#include "active.h"
#include "backends/control.h"
#include "backends/names.h"
#include "base/environment.h"
#include "base/failure.h"
#include "base/libc_real.h"
#include "fronts.h"
#include "layers.h"

#define VARIABLE "ZMALLOC_SWITCH"
#define FOREIGN  "ZMALLOC_FOREIGN"

enum { MOST = ZM_LIVE_BACKENDS };
_Static_assert(MOST < ZM_LIVE_PURGE && MOST <= 32, "a code must leave that bit free");

/* What the rest of the library sees of each: without what would go past this layer. */
static struct {
    struct zm_ops ops;
    struct zm_control control;
    struct zm_backend backend;
} seen[MOST];

const struct zm_backend *zm_switch_counted(const struct zm_backend *backend)
{
    return backend->counted ? backend->counted : backend;
}

void zm_front_expect(const struct zm_backend *backend)
{
    if (backend->begin_noting)
        backend->begin_noting();
}

const struct zm_backend *zm_switch_prepared(const struct zm_backend *first)
{
    const struct zm_backend *counted = zm_switch_counted(first);
    zm_front_expect(counted);
    return counted;
}

const struct zm_backend *zm_switch_current(void)
{
    unsigned code = zm_front_running();
    return code ? &seen[code - 1].backend : NULL;
}

/* ---- blocks of libc's, past us ---- */

static void foreign_zfree(void *ptr)
{
    if (ptr)
        zm_libc_real()->free(ptr);
}

static void foreign_free_sized(void *ptr, size_t size)
{
    (void)size;
    foreign_zfree(ptr);
}

static size_t foreign_usable(const void *ptr)
{
    return ptr ? zm_libc_real()->malloc_usable_size((void *)ptr) : 0;
}

static size_t foreign_release(void *ptr)
{
    size_t old = foreign_usable(ptr);
    foreign_zfree(ptr);
    return old;
}

static void let_foreign_go_home(void)
{
    zm_frees_of_strangers = true;
    zm_owner_of_rest = 0;
    struct zm_front *front = &zm_fronts[0].front;
    front->zfree = foreign_zfree;
    front->zfree_with_size = front->free_sized = foreign_free_sized;
    front->usable = foreign_usable;
    front->release = foreign_release;
}

/* ---- the start ---- */

static _Noreturn void refuse(const char *variable, const char *value, const char *why)
{
    zm_complain("zmalloc: ", variable, "=", value, ": ", why, (char *)NULL);
    abort();
}

static const char *value_of(const char *variable, char *buf, size_t size)
{
    const char *value = zm_environment(variable, buf, size);
    if (!value || !*value || strcmp(value, "off") == 0 || !zm_environment_trusted())
        return NULL;
    return value;
}

static bool wants_foreign(void)
{
    char buf[32];
    const char *value = value_of(FOREIGN, buf, sizeof buf);
    if (value && strcmp(value, "libc") != 0)
        refuse(FOREIGN, value, "not known; there are: libc, off");
    return value;
}

bool zm_switch_wanted(void)
{
    char buf[256];
    return value_of(VARIABLE, buf, sizeof buf) || wants_foreign();
}

/* Whether the name is in the list, which is of names with commas between them. */
static bool lists(const char *list, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = list; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
        if (strncmp(at, name, length) == 0 && (at[length] == ',' || !at[length]))
            return true;
    return false;
}

static _Noreturn void refuse_list(const char *list)
{
    char names[256];
    zm_complain("zmalloc: " VARIABLE "=", list,
                ": takes on, off, or some of these with commas between them, each once: ",
                zm_names(names, sizeof names), (char *)NULL);
    abort();
}

/* The bits of the backends in ZMALLOC_SWITCH: all, or those that are listed. */
static uint64_t listed(const char *list)
{
    uint64_t found = 0;
    size_t names = 0;
    for (const char *at = list; *at; at++)
        names += *at == ',' || at == list;
    for (size_t i = 0; i < zm_backend_total; i++)
        if (strcmp(list, "on") == 0 || lists(list, zm_backends[i]->ops->name))
            found |= UINT64_C(1) << i;
    if (strcmp(list, "on") != 0 && (size_t)__builtin_popcountll(found) != names)
        refuse_list(list);
    return found;
}

void zm_fronts_begin(const struct zm_backend *first)
{
    if (zm_front_strays)
        return;
    zm_front_strays = &zm_front_of_strays;
    zm_fronts[0].front = zm_fronts_running()[0].front = *first->front;
    zm_owner_of_rest = (uint8_t)first->code;
    zm_front_expect(first);
}

void zm_front_add(const struct zm_backend *backend)
{
    unsigned index = backend->code - 1;
    assert(backend->code && backend->code <= MOST);
    unsigned purging = ZM_LIVE_PURGE + backend->code;
    zm_fronts[backend->code].front = *backend->noting;
    zm_fronts_running()[backend->code].front = *backend->running;
    zm_fronts[purging].front = zm_fronts_running()[purging].front = zm_front_purging;
    seen[index].ops = *backend->ops;
    seen[index].control = zm_fronts_control(backend->ops->control);
    seen[index].ops.control = &seen[index].control;
    seen[index].backend = (struct zm_backend){.ops = &seen[index].ops, .front = backend->front};
    __atomic_fetch_or(&zm_fronts_started, UINT32_C(1) << index, __ATOMIC_RELEASE);
}

static bool is_built_in(const struct zm_backend *backend)
{
    for (size_t i = 0; i < zm_backend_total; i++)
        if (zm_backends[i] == backend || zm_switch_counted(zm_backends[i]) == backend)
            return true;
    return false;
}

static const struct zm_backend *start(const struct zm_backend *below,
                                      const struct zm_backend *allocator)
{
    char buf[256];
    zm_switch_layer = *below;
    if (!zm_switch_wanted()) {
        zm_switch_first = below == allocator && is_built_in(allocator) ? allocator : NULL;
        return &zm_switch_layer;
    }
    const char *list = value_of(VARIABLE, buf, sizeof buf);
    const char *variable = list ? VARIABLE : FOREIGN, *value = list ? list : "libc";
    if (!is_built_in(allocator))
        refuse(variable, value, "not with a backend from outside");
    if (below != allocator)
        refuse(variable, value, "not with ZMALLOC_WRAP");
    uint64_t wanted = list ? listed(list) : 0;
    zm_fronts_begin(allocator);
    for (size_t i = 0; i < zm_backend_total; i++) {
        const struct zm_backend *backend = zm_switch_counted(zm_backends[i]);
        if (backend != allocator && !(wanted >> i & 1))
            continue;
        zm_front_expect(backend);
        if (backend != allocator && zm_backend_start(backend) != 0)
            refuse(variable, value, "a backend can't start");
        zm_front_add(backend);
        if (backend == allocator)
            zm_front_run(backend->code);
    }
    if (wants_foreign())
        let_foreign_go_home();
    zm_switch_layer =
        (struct zm_backend){.ops = zm_switch_current()->ops, .front = &zm_front_switched};
    return &zm_switch_layer;
}

struct zm_backend zm_switch_layer;
const struct zm_backend *zm_switch_first;

const struct zm_layer zm_layer_switch = {.start = start};

void zm_switch_describe(struct zm_live *out)
{
    if (!zm_front_now())
        return;
    out->current = (uintptr_t)&zm_front_code;
    out->may = zm_fronts_started;
    out->purges = 1;
    for (size_t i = 0; i < zm_backend_total; i++) {
        const struct zm_ops *ops = zm_backends[i]->ops;
        unsigned code = zm_switch_counted(zm_backends[i])->code;
        if (!code) /* one that the tests have added */
            continue;
        struct zm_live_backend *told = &out->backends[code - 1];
        strncpy(told->name, ops->name, sizeof told->name - 1);
        strncpy(told->version, ops->version(), sizeof told->version - 1);
    }
}

/* ---- the exported name ---- */

int zmalloc_switch_backend(const char *name)
{
    if (!name)
        return -EINVAL;
    (void)ZM_CALL(usable)(NULL); /* makes the choice, if nothing has yet */
    for (size_t i = 0; i < zm_backend_total; i++) {
        if (strcmp(zm_backends[i]->ops->name, name) != 0)
            continue;
        unsigned code = zm_switch_counted(zm_backends[i])->code;
        if (!code)
            return -ENOTSUP;
        if (!zm_front_is_started(code)) {
            int status = zm_switch_late(zm_switch_counted(zm_backends[i]));
            if (status != 0)
                return status;
        }
        zm_front_run(code);
        return 0;
    }
    return -EINVAL;
}
