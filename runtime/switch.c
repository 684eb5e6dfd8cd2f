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
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "active.h"
#include "backends/control.h"
#include "backends/front.h"
#include "base/environment.h"
#include "base/failure.h"
#include "base/libc_real.h"
#include "layers.h"
#include "owners.h"

#define VARIABLE "ZMALLOC_SWITCH"
#define FOREIGN  "ZMALLOC_FOREIGN"

enum { MOST = ZM_LIVE_BACKENDS };

/* By code: 1 + the backend's index in the registry. 0 is for blocks that nobody here has given. */
static struct {
    alignas(256) struct zm_front front;
} fronts[1 + MOST];
static uint8_t current; /* a code; 0: there is no switching */

/* What the rest of the library sees of each: without what would go past this layer. */
static struct {
    struct zm_ops ops;
    struct zm_control control;
    struct zm_backend backend;
} seen[MOST];
static uint64_t started; /* bit n: the backend of index n may be switched to */

const struct zm_backend *zm_switch_counted(const struct zm_backend *backend)
{
    return backend->counted ? backend->counted : backend;
}

/* libc's, wherever it is among them: see alloc_hot in backend.h. */
zm_usable_fn *zm_switch_usable(const struct zm_backend *first)
{
    for (size_t i = 0; i < zm_backend_total; i++)
        if (strcmp(zm_backends[i]->ops->name, "libc") == 0)
            return zm_backends[i]->ops->usable;
    return first->ops->usable;
}

const struct zm_backend *zm_switch_current(void)
{
    unsigned code = ZM_LOAD(current);
    return code ? &seen[code - 1].backend : NULL;
}

/* ---- the layer ---- */

static inline unsigned home_of(const void *ptr)
{
    return ptr ? zm_owner_of(ptr) : ZM_LOAD(current);
}

static inline bool is_elsewhere(const void *ptr, unsigned home)
{
    return ptr && home != ZM_LOAD(current);
}

/* `given` was made of `old` by the backend of this code. */
static inline bool keep(const void *old, void *given, unsigned code)
{
    if (ZM_LIKELY(zm_owner_set(given, code, old != NULL)))
        return true;
    if (old) { /* which is no more */
        zm_complain("zmalloc: no memory to note whose a resized block is", (char *)NULL);
        abort();
    }
    fronts[code].front.zfree(given);
    return false;
}

/* A resized block from elsewhere moves, also if it shrinks: an allocator may want to be told the
 * size that was asked for when the block is freed. */
static struct zm_block move(void *ptr, size_t size, unsigned home)
{
    unsigned code = ZM_LOAD(current);
    struct zm_block fresh = {NULL, 0};
    if (size)
        fresh = fronts[code].front.alloc(size);
    if (size && (!fresh.ptr || !keep(NULL, fresh.ptr, code)))
        return (struct zm_block){NULL, 0};
    if (size) {
        size_t old = fronts[home].front.usable(ptr);
        memcpy(fresh.ptr, ptr, old < size ? old : size);
    }
    fronts[home].front.zfree(ptr);
    return fresh;
}

#define ZM_LAYER                   switched
#define ZM_LAYER_FUNCTIONS         ZM_FRONT_FUNCTIONS
#define ZM_LAYER_ENTER()           const unsigned code = ZM_LOAD(current)
#define ZM_LAYER_ENTER_PTR()       const unsigned code = home_of(ptr)
#define ZM_LAYER_BELOW             (&fronts[code].front)
#define ZM_LAYER_KEEPS(ptr, given) keep(ptr, given, code)
#define ZM_LAYER_MOVES()           is_elsewhere(ptr, code)
#define ZM_LAYER_OWNS()            false
#define ZM_LAYER_RESIZE()          move(ptr, size, code)
#define ZM_LAYER_USABLE()          0
#define ZM_LAYER_FREE()            0
#include "backends/layer_tmpl.h"

static const struct zm_front table = {ZM_LAYER_ENTRIES};

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
    struct zm_front *front = &fronts[0].front;
    front->zfree = foreign_zfree;
    front->zfree_with_size = front->free_sized = foreign_free_sized;
    front->usable = foreign_usable;
    front->release = foreign_release;
}

/* ---- steering all of them ---- */

#define EACH(member, call)                                               \
    int status = -ENOTSUP;                                               \
    for (size_t i = 0; i < zm_backend_total; i++) {                      \
        const struct zm_control *control = zm_backends[i]->ops->control; \
        if (!(started >> i & 1) || !control || !control->member)         \
            continue;                                                    \
        int one = control->call;                                         \
        status = status == -ENOTSUP || one != 0 ? one : status;          \
    }                                                                    \
    return status

static int purge(void)
{
    EACH(purge, purge());
}

static int flush(void)
{
    EACH(flush, flush());
}

static int set_background(bool on)
{
    EACH(set_background, set_background(on));
}

static int set_decay(int which, int64_t ms)
{
    EACH(set_decay, set_decay(which, ms));
}

/* Arenas, caches and slabs belong to one allocator, and what is made of them would not be noted. */
static struct zm_control steering(const struct zm_control *own)
{
    if (!own)
        return (struct zm_control){.purge = purge, .flush = flush};
    return (struct zm_control){
        .tells = own->tells,
        .cost = own->cost,
        .info = own->info,
        .purge = purge,
        .set_background = own->get_background ? set_background : NULL,
        .get_background = own->get_background,
        .set_decay = own->get_decay ? set_decay : NULL,
        .get_decay = own->get_decay,
        .flush = flush,
        .ctl = own->ctl,
        .print = own->print,
    };
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
        refuse(VARIABLE, list, "takes on, off, or names of backends that are built in");
    return found;
}

static void add(size_t index, const struct zm_backend *backend)
{
    fronts[1 + index].front = *backend->front;
    seen[index].ops = *backend->ops;
    seen[index].control = steering(backend->ops->control);
    seen[index].ops.control = &seen[index].control;
    seen[index].backend = (struct zm_backend){.ops = &seen[index].ops, .front = backend->front};
    started |= UINT64_C(1) << index;
}

static bool is_built_in(const struct zm_backend *backend)
{
    size_t index = 0;
    while (index < zm_backend_total && zm_switch_counted(zm_backends[index]) != backend)
        index++;
    return index < zm_backend_total;
}

static const struct zm_backend *start(const struct zm_backend *below,
                                      const struct zm_backend *allocator)
{
    static struct zm_backend layer;
    char buf[256];
    if (!zm_switch_wanted())
        return below;
    const char *list = value_of(VARIABLE, buf, sizeof buf);
    const char *variable = list ? VARIABLE : FOREIGN, *value = list ? list : "libc";
    if (!is_built_in(allocator))
        refuse(variable, value, "not with a backend from outside");
    if (below != allocator)
        refuse(variable, value, "not with ZMALLOC_WRAP");
    assert(zm_backend_total <= MOST);
    uint64_t wanted = list ? listed(list) : 0;
    for (size_t i = 0; i < zm_backend_total; i++) {
        const struct zm_backend *backend = zm_switch_counted(zm_backends[i]);
        if (backend == allocator)
            fronts[0].front = *backend->front;
        else if (!(wanted >> i & 1))
            continue;
        else if (zm_backend_start(backend) != 0)
            refuse(variable, value, "a backend can't start");
        add(i, backend);
        if (backend == allocator)
            ZM_STORE(current, (uint8_t)(1 + i));
    }
    if (wants_foreign())
        let_foreign_go_home();
    layer = (struct zm_backend){.ops = zm_switch_current()->ops, .front = &table};
    return &layer;
}

const struct zm_layer zm_layer_switch = {.start = start};

bool zm_switch_has_started(size_t index)
{
    return started >> index & 1;
}

void zm_switch_describe(struct zm_live *out)
{
    if (!ZM_LOAD(current))
        return;
    out->current = (uintptr_t)&current;
    out->may = started;
    for (size_t i = 0; i < zm_backend_total; i++) {
        strncpy(out->backends[i].name, zm_backends[i]->ops->name, sizeof out->backends[i].name - 1);
        strncpy(out->backends[i].version, zm_backends[i]->ops->version(),
                sizeof out->backends[i].version - 1);
    }
}

/* ---- the exported name ---- */

int zmalloc_switch_backend(const char *name)
{
    (void)ZM_CALL(usable)(NULL); /* makes the choice, if nothing has yet */
    for (size_t i = 0; i < zm_backend_total; i++) {
        if (strcmp(zm_backends[i]->ops->name, name) != 0)
            continue;
        if (!(started >> i & 1))
            return -ENOTSUP;
        ZM_STORE(current, (uint8_t)(1 + i));
        return 0;
    }
    return -EINVAL;
}
