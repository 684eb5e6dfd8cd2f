/* The functions of a library with malloc and free, found when it is loaded. Each file that includes
 * this has a library of its own.
 *
 * Some allocators have names of their own, beside those of libc or instead of them: tbbmalloc has
 * scalable_malloc. All functions must be defined by one object, because dlsym also finds what the
 * library itself needs, and as a rule that includes libc's malloc.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BACKENDS_OUTSIDE_LIBRARY_H
#define ZM_BACKENDS_OUTSIDE_LIBRARY_H

#include <dlfcn.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "base/libc_real.h"
#include "base/line.h"
#include "outside.h"

static struct zm_libc own;
static void *(*own_memalign)(size_t align, size_t size);

/* ---- aligned, by whatever the library has ---- */

static inline int by_memalign(void **out, size_t align, size_t size)
{
    *out = own_memalign(align, size);
    return *out ? 0 : -1;
}

/* C11 wants the size to be a multiple of the alignment. */
static inline int by_aligned_alloc(void **out, size_t align, size_t size)
{
    size_t whole = (size + align - 1) & ~(align - 1);
    *out = whole < size ? NULL : own_memalign(align, whole);
    return *out ? 0 : -1;
}

/* ---- with the library's usable sizes ---- */

static const struct zmalloc_block none = {NULL, 0};

static inline size_t lib_usable(const void *ptr)
{
    return own.malloc_usable_size((void *)ptr);
}

static inline struct zmalloc_block known(void *ptr)
{
    return (struct zmalloc_block){ptr, ptr ? lib_usable(ptr) : 0};
}

static inline struct zmalloc_block lib_alloc(size_t size)
{
    return size > PTRDIFF_MAX ? none : known(own.malloc(size));
}

static inline struct zmalloc_block lib_zeroed(size_t size)
{
    return size > PTRDIFF_MAX ? none : known(own.calloc(1, size));
}

/* The answer is checked, because mimalloc 2.0.9 takes 512 bytes aligned to 256 from a size class
 * that is not aligned so. */
static inline void *try_aligned(size_t align, size_t size)
{
    void *ptr = NULL;
    if (own.posix_memalign(&ptr, align, size) != 0)
        return NULL;
    if (((uintptr_t)ptr & (align - 1)) == 0)
        return ptr;
    own.free(ptr);
    return NULL;
}

static inline struct zmalloc_block lib_aligned(size_t align, size_t size)
{
    if (align < _Alignof(max_align_t))
        align = _Alignof(max_align_t);
    if (size > PTRDIFF_MAX || align > PTRDIFF_MAX / 4 || align > PTRDIFF_MAX - size)
        return none;
    void *ptr = try_aligned(align, size);
    return known(ptr ? ptr : try_aligned(align, size + align / 2 + 1));
}

static inline struct zmalloc_block lib_resize(void *ptr, size_t size, size_t *old)
{
    *old = lib_usable(ptr);
    return size > PTRDIFF_MAX ? none : known(own.realloc(ptr, size));
}

static inline size_t lib_release(void *ptr)
{
    size_t old = lib_usable(ptr);
    int before = errno; /* madvise fails on locked memory */
    own.free(ptr);
    errno = before;
    return old;
}

/* A library may allocate while it starts itself (tbbmalloc opens a file), which under our preload
 * library comes back to it. So it starts now, while such calls are still served from early.c. */
static inline int lib_start(void)
{
    static const size_t sizes[] = {16, 2000, 100000, (size_t)4 << 20};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        void *aligned = NULL;
        own.free(own.malloc(sizes[i]));
        own.free(own.calloc(1, sizes[i]));
        if (own.posix_memalign(&aligned, 4096, sizes[i]) == 0)
            own.free(aligned);
    }
    return 0;
}

/* ---- finding the functions ---- */

struct library {
    void *handle;
    const void *base; /* where the object with malloc lies */
};

static inline const void *object_of(const void *function)
{
    Dl_info info;
    return dladdr(function, &info) ? info.dli_fbase : NULL;
}

/* The library's function; NULL if there is none, or not in the same object as its malloc. */
static inline void *look_up(const struct library *lib, const char *prefix, const char *name)
{
    char bytes[64];
    struct zm_line t = {bytes, sizeof bytes - 1, 0};
    zm_line_add(&t, prefix);
    zm_line_add(&t, name);
    bytes[t.length] = '\0';
    void *function = dlsym(lib->handle, bytes);
    return function && (!lib->base || object_of(function) == lib->base) ? function : NULL;
}

/* Copied, because ISO C does not let the pointer to an object that dlsym returns be cast to one
 * to a function. */
static inline bool take(void *into, void *function)
{
    memcpy(into, &function, sizeof function);
    return function != NULL;
}

static const char *const prefixes[] = {"", "scalable_", "mi_", "je_", "tc_", "rp"};
static const char *const usable_names[] = {"malloc_usable_size", "msize", "usable_size",
                                           "malloc_size"};

static inline bool take_aligned(const struct library *lib, const char *prefix)
{
    if (take(&own.posix_memalign, look_up(lib, prefix, "posix_memalign")))
        return true;
    own.posix_memalign = by_memalign;
    if (take(&own_memalign, look_up(lib, prefix, "memalign")))
        return true;
    own.posix_memalign = by_aligned_alloc;
    return take(&own_memalign, look_up(lib, prefix, "aligned_alloc"));
}

/* The prefix under which the library has a malloc of its own; NULL: there is none. */
static inline const char *find_malloc(struct library *lib)
{
    const struct zm_libc *libc = zm_libc_real();
    void *libcs = NULL;
    if (libc)
        memcpy(&libcs, &libc->malloc, sizeof libcs);
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        lib->base = NULL;
        void *found = look_up(lib, prefixes[i], "malloc");
        if (found && found != libcs) {
            lib->base = object_of(found);
            take(&own.malloc, found);
            return prefixes[i];
        }
    }
    return NULL;
}

static inline const char *missing(const char *prefix, const char *what)
{
    return zm_problem("the library has ", prefix, "malloc, but no ", prefix, what, (char *)NULL);
}

/* Finds all of them. Returns NULL, or what the library lacks; not every one tells usable sizes, and
 * then own.malloc_usable_size is NULL. */
static inline const char *find_functions(void *handle)
{
    struct library lib = {handle, NULL};
    const char *prefix = find_malloc(&lib);
    if (!prefix)
        return "the library has no malloc of its own";
    if (!take(&own.free, look_up(&lib, prefix, "free")))
        return missing(prefix, "free");
    if (!take(&own.calloc, look_up(&lib, prefix, "calloc")))
        return missing(prefix, "calloc");
    if (!take(&own.realloc, look_up(&lib, prefix, "realloc")))
        return missing(prefix, "realloc");
    if (!take_aligned(&lib, prefix))
        return missing(prefix, "posix_memalign, memalign or aligned_alloc");
    bool sizes = false;
    for (size_t i = 0; !sizes && i < sizeof usable_names / sizeof *usable_names; i++)
        sizes = take(&own.malloc_usable_size, look_up(&lib, prefix, usable_names[i]));
    return NULL;
}

#endif
