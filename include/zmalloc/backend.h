/* Which allocators this library holds, and which one is running.
 *
 * The running backend is chosen once, when the program starts (see ZMALLOC_START_LATE in
 * zmalloc.h): the environment variable ZMALLOC_BACKEND, else the build's default. It may also name
 * a file: "lib:libtbbmalloc.so.2", any library with malloc and free; or "./mine.so", a module
 * (zmalloc/module.h). A name that is not built in, or a file that can't be loaded, is a message on
 * stderr and abort(). All functions here are thread-safe.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZMALLOC_BACKEND_H
#define ZMALLOC_BACKEND_H

#include <stddef.h>
#include <stdint.h>
#include <zmalloc/export.h>

ZMALLOC_BEGIN

/* What a backend can do. */
#define ZMALLOC_CAP_USABLE (UINT32_C(1) << 0) /* tells usable sizes itself, exactly */
#define ZMALLOC_CAP_SIZED_FREE \
    (UINT32_C(1) << 1) /* puts the size given to zfree_with_size to use */
#define ZMALLOC_CAP_NATIVE_TOTALS \
    (UINT32_C(1) << 2) /* per-thread byte totals are the allocator's own */
#define ZMALLOC_CAP_HEADER_PREFIX (UINT32_C(1) << 3) /* every block carries a header of ours */

/* What else it can, by the functions of zmalloc/allocator.h. */
#define ZMALLOC_CAP_ARENA_STATS      (UINT32_C(1) << 4) /* zmalloc_arena_info */
#define ZMALLOC_CAP_PURGE            (UINT32_C(1) << 5)
#define ZMALLOC_CAP_BACKGROUND_PURGE (UINT32_C(1) << 6)
#define ZMALLOC_CAP_DECAY            (UINT32_C(1) << 7)
#define ZMALLOC_CAP_CACHE_FLUSH      (UINT32_C(1) << 8)
#define ZMALLOC_CAP_ARENAS           (UINT32_C(1) << 9)  /* create, assign, destroy */
#define ZMALLOC_CAP_THREAD_ARENAS    (UINT32_C(1) << 10) /* they belong to their thread */
#define ZMALLOC_CAP_ADVISE           (UINT32_C(1) << 11) /* zmalloc_advise, _set_huge_pages */
#define ZMALLOC_CAP_CACHE_BYPASS     (UINT32_C(1) << 12) /* ZMALLOC_NO_TCACHE */
#define ZMALLOC_CAP_DEFRAG           (UINT32_C(1) << 13) /* zmalloc_should_defrag, zdefrag */
#define ZMALLOC_CAP_TCACHES          (UINT32_C(1) << 14) /* ZMALLOC_TCACHE */
#define ZMALLOC_CAP_WORD_ALIGNED     (UINT32_C(1) << 15) /* pointers are aligned to 8 bytes alone */

struct zmalloc_backend_info {
    uint32_t struct_size; /* in: sizeof(struct zmalloc_backend_info) */
    uint32_t caps;        /* ZMALLOC_CAP_* */
    const char *name;     /* "jemalloc"; static storage */
    const char *version;  /* "5.3.0"; static storage */
    int is_default;       /* 1: used when ZMALLOC_BACKEND is unset */
    int is_running;       /* 1: chosen; no choice is made by asking */
    uint32_t figures;     /* ZMALLOC_ALLOCATOR_*: what zmalloc_allocator_info tells */
};

/* Number of backends built in: at least 1. One more, the last, when one from outside is running. */
ZMALLOC_API size_t zmalloc_backend_count(void);

/* Describes backend `index` (0 .. count - 1). 0, or -EINVAL for a bad index or struct_size. */
ZMALLOC_API int zmalloc_backend_describe(size_t index, struct zmalloc_backend_info *out);

/* Short lower-case word for one ZMALLOC_CAP_* bit ("sized-free"), NULL for a bit without meaning.
 */
ZMALLOC_API const char *zmalloc_capability_name(uint32_t cap);

/* Likewise for one ZMALLOC_ALLOCATOR_* bit ("frag-smallbins"). */
ZMALLOC_API const char *zmalloc_figure_name(uint32_t figure);

/* The running backend's name; makes the choice if nothing has allocated yet. */
ZMALLOC_API const char *zmalloc_backend_name(void);

/* "jemalloc-5.3.0": the running backend and its version. ZMALLOC_LIB in zmalloc.h. */
ZMALLOC_API const char *zmalloc_lib(void);

/* What ZMALLOC_WRAP has put around the running backend ("guard,count"); "" for nothing. Makes the
 * choice if nothing has allocated yet. docs/wraps.md has the syntax. */
ZMALLOC_API const char *zmalloc_wraps(void);

/* Whether a value of ZMALLOC_WRAP would do for a process that is yet to be started: 0 and *why
 * NULL; else a negative errno, and *why in words, good until the next call. For one thread at a
 * time. */
ZMALLOC_API int zmalloc_check_wraps(const char *list, const char **why);

/* New blocks come from this backend from now on. Old ones go home when they are freed, are resized
 * by moving, and are asked for their size where they came from; the account is exact throughout.
 *
 * Best in a program that was started with ZMALLOC_SWITCH=on, or a list of names: then it may be
 * called by any thread at any time, and in a signal handler. In another one the first call for each
 * backend starts that, waits a millisecond, and must not come from a signal handler or between a
 * fork and an exec; what is promised less then is in docs/switching.md. From then on each
 * allocation and each free takes a nanosecond or two more.
 *
 * 0. -EINVAL: there is no backend of that name here. -ENOTSUP: with a wrap, with a backend from
 * outside, or the list has not that name. -EBUSY: not started for it, and there are arenas, thread
 * caches or heaps, or the process was forked just while that backend was starting. -EDEADLK: from a
 * signal handler that has interrupted such a call. -ENOMEM; or why the backend can't start. */
ZMALLOC_API int zmalloc_switch_backend(const char *name);

/* This library's own version, "0.1.0". */
ZMALLOC_API const char *zmalloc_version(void);

ZMALLOC_END

#endif
