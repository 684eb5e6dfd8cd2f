/* Any library with malloc and free as a module: its usable sizes, or a header of ours.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "library.h"

#include <limits.h>
#include <unistd.h>

#include "backends/prefix.h"

/* ---- with a header ---- */

static struct zmalloc_block plain(struct zm_block b)
{
    return (struct zmalloc_block){b.ptr, b.usable};
}

static struct zmalloc_block headed_alloc(size_t size)
{
    return plain(zm_prefix_alloc(&own, size));
}

static struct zmalloc_block headed_zeroed(size_t size)
{
    return plain(zm_prefix_zeroed(&own, size));
}

static struct zmalloc_block headed_aligned(size_t align, size_t size)
{
    return plain(zm_prefix_aligned(&own, align, size));
}

static struct zmalloc_block headed_resize(void *ptr, size_t size, size_t *old)
{
    return plain(zm_prefix_resize(&own, ptr, size, old));
}

static size_t headed_release(void *ptr)
{
    return zm_prefix_release(&own, ptr);
}

/* The name of the file behind the symbolic links is all that tells a version, if anything does. */
static const char *version_of(const void *function)
{
    static char target[256];
    Dl_info info;
    if (!dladdr(function, &info))
        return "unknown";
    ssize_t length = readlink(info.dli_fname, target, sizeof target - 1);
    const char *path = info.dli_fname;
    if (length > 0) {
        target[length] = '\0';
        path = target;
    }
    const char *so = strstr(path, ".so.");
    return so ? so + strlen(".so.") : "unknown";
}

const char *zm_library_open(void *handle, const char *file, struct zmalloc_module *out)
{
    static char name[128];
    const char *why = find_functions(handle);
    if (why)
        return why;
    bool sizes = own.malloc_usable_size != NULL;
    const char *slash = strrchr(file, '/');
    struct zm_line t = {name, sizeof name - 1, 0};
    zm_line_add(&t, ZM_OUTSIDE_LIBRARY);
    zm_line_add(&t, slash ? slash + 1 : file);
    void *function;
    memcpy(&function, &own.malloc, sizeof function);
    *out = (struct zmalloc_module){
        .name = name,
        .version = version_of(function),
        .caps = ZMALLOC_CAP_USABLE | (sizes ? 0 : ZMALLOC_CAP_HEADER_PREFIX),
        .init = lib_start,
        .alloc = sizes ? lib_alloc : headed_alloc,
        .alloc_zeroed = sizes ? lib_zeroed : headed_zeroed,
        .alloc_aligned = sizes ? lib_aligned : headed_aligned,
        .resize = sizes ? lib_resize : headed_resize,
        .usable = sizes ? lib_usable : zm_prefix_usable,
        .release = sizes ? lib_release : headed_release,
    };
    return NULL;
}
