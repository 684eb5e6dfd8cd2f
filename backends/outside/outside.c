/* The one backend whose ops are found when the program starts: they are those of a module. A
 * library with malloc and free is first made into a module (library.c).
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "outside.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/line.h"

static struct zmalloc_module module;

/* ---- ops ---- */

static inline struct zm_block block(struct zmalloc_block b)
{
    return (struct zm_block){b.ptr, b.usable};
}

static const char *version(void)
{
    return module.version;
}

static int init(void)
{
    return module.init ? module.init() : 0;
}

static struct zm_block alloc(size_t size)
{
    return block(module.alloc(size));
}

static struct zm_block alloc_zeroed(size_t size)
{
    return block(module.alloc_zeroed(size));
}

static struct zm_block alloc_aligned(size_t align, size_t size)
{
    return block(module.alloc_aligned(align, size));
}

static struct zm_block resize(void *ptr, size_t size, size_t *old)
{
    return block(module.resize(ptr, size, old));
}

static size_t usable(const void *ptr)
{
    return module.usable(ptr);
}

static size_t release(void *ptr)
{
    return module.release(ptr);
}

static size_t release_sized(void *ptr, size_t size)
{
    return module.release_sized(ptr, size);
}

static const struct zm_ops ops = {
    .name = "outside",
    .min_size = 9, /* libraries may make blocks of 8 bytes that are aligned to 8 */
    .version = version,
    .init = init,
    .alloc = alloc,
    .alloc_zeroed = alloc_zeroed,
    .alloc_aligned = alloc_aligned,
    .resize = resize,
    .usable = usable,
    .release = release,
    .release_sized = release_sized,
};

#define ZM_MODULE outside
#define ZM_OPS    ops
#include "backends/front_tmpl.h"

/* ---- loading ---- */

static bool is_library(const char *name)
{
    return strncmp(name, ZM_OUTSIDE_LIBRARY, strlen(ZM_OUTSIDE_LIBRARY)) == 0;
}

bool zm_outside_named(const char *name)
{
    size_t length = strlen(name);
    return is_library(name) || strchr(name, '/') ||
           (length > 3 && strcmp(name + length - 3, ".so") == 0);
}

/* If an allocator and libc's malloc both grow by sbrk, both break. gperftools can be told not to,
 * by a variable that it reads when it is loaded. Programs are to find the environment that they
 * were given, so it does not stay. */
static void *open_without_sbrk(const char *file, int flags)
{
    static const char skip[] = "TCMALLOC_SKIP_SBRK";
    bool ours = strstr(file, "tcmalloc") != NULL;
#ifdef __linux__ /* a call may come before libc has set environ */
    extern char **environ;
    ours = ours && environ;
#endif
    ours = ours && !getenv(skip) && setenv(skip, "true", 0) == 0;
    void *handle = dlopen(file, flags);
    if (ours)
        unsetenv(skip);
    return handle;
}

void *zm_outside_open(const char *file, bool library, const char **why)
{
    int flags = RTLD_NOW | RTLD_LOCAL;
#if defined(RTLD_DEEPBIND) && !defined(ZM_SANITIZED)
    if (library)
        flags |= RTLD_DEEPBIND; /* what it calls malloc is its own, not what is preloaded */
#endif
    void *handle = open_without_sbrk(file, flags);
    if (handle)
        return handle;
    const char *said = dlerror();
    bool tls = strstr(said, "static TLS") != NULL;
    (void)library;
    *why = zm_problem(
        said,
        tls ? "; it needs thread-local storage that is reserved when a process starts: with glibc "
              "set GLIBC_TUNABLES=glibc.rtld.optional_static_tls=65536, as zmalloc run does"
            : "",
        (char *)NULL);
    return NULL;
}

static const char *check_module(const struct zmalloc_module *m)
{
    char digits[2][ZM_DECIMAL_MAX];
    if (m->abi != ZMALLOC_MODULE_ABI)
        return zm_problem("the module has ABI ", zm_decimal(digits[0], m->abi), ", this library ",
                          zm_decimal(digits[1], ZMALLOC_MODULE_ABI), (char *)NULL);
    if (m->struct_size < sizeof *m)
        return zm_problem("the module's struct_size is ", zm_decimal(digits[0], m->struct_size),
                          ", not at least ", zm_decimal(digits[1], sizeof *m), (char *)NULL);
    const struct {
        const char *name;
        bool there;
    } needed[] = {
        {"name", m->name && *m->name}, {"version", m->version != NULL},
        {"alloc", m->alloc != NULL},   {"alloc_zeroed", m->alloc_zeroed != NULL},
        {"resize", m->resize != NULL}, {"alloc_aligned", m->alloc_aligned != NULL},
        {"usable", m->usable != NULL}, {"release", m->release != NULL},
    };
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (!needed[i].there)
            return zm_problem("the module lacks ", needed[i].name, (char *)NULL);
    return NULL;
}

static size_t release_without_size(void *ptr, size_t size)
{
    (void)size;
    return module.release(ptr);
}

static const char *take_module(void *handle)
{
    const struct zmalloc_module *m = dlsym(handle, "zmalloc_module");
    if (!m)
        return "it exports no zmalloc_module; for a library with malloc and free write lib: before "
               "the name";
    const char *why = check_module(m);
    if (!why)
        module = *m;
    return why;
}

const struct zm_backend *zm_outside_load(const char *name, const char **why)
{
    static struct zm_ops named;
    static struct zm_backend loaded;
    bool library = is_library(name);
    const char *file = library ? name + strlen(ZM_OUTSIDE_LIBRARY) : name;
    if (!*file) {
        *why = "no library is named";
        return NULL;
    }
    void *handle = zm_outside_open(file, library, why);
    if (!handle)
        return NULL;
    *why = library ? zm_library_open(handle, file, &module) : take_module(handle);
    if (*why)
        return NULL;
    if (!module.release_sized)
        module.release_sized = release_without_size;
    named = ops;
    named.name = module.name;
    named.caps = module.caps;
    loaded = (struct zm_backend){.ops = &named, .front = &front};
    return &loaded;
}
