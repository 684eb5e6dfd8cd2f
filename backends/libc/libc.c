/* libc: the system's own allocator, reached under any preload.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#if defined(__GLIBC__)
#    include <gnu/libc-version.h>
#endif

#include "backends/backend.h"
#include "backends/control.h"
#include "base/libc_real.h"

/* Under a sanitizer libc's allocator is the sanitizer's, which has no such functions. */
#if defined(__GLIBC__) && defined(ZM_HAVE_MALLINFO2) && !defined(ZM_SANITIZED)
extern const struct zm_control ZM_MODULE_SYMBOL(control);
#    define CONTROL &ZM_MODULE_SYMBOL(control)
#else
#    define CONTROL NULL
#endif

/* Sanitizers say that a block of 0 bytes has 1 usable byte, but do not watch over that byte. So the
 * z names ask for 1 byte. */
#ifdef ZM_SANITIZED
#    define MIN_SIZE 1
#else
#    define MIN_SIZE 0
#endif

static struct zm_libc real;

static const char *version(void)
{
#if defined(__GLIBC__)
    return gnu_get_libc_version();
#else
    return "system";
#endif
}

/* glibc keeps a block's size in the word before it, with three flags. The first word of the next
 * chunk is usable too, unless the block has a mapping of its own, which is rare. init checks
 * whether that holds for the libc at hand; as long as it isn't known to, the hot paths end at tests
 * that they have to make anyway: every address is among those without a chunk, as NULL is, and no
 * block is to be had. */
static uintptr_t last_without_chunk = UINTPTR_MAX; /* or 0 */

static void *no_block(size_t size)
{
    (void)size;
    return NULL;
}

static void *(*hot_malloc)(size_t size) = no_block;

enum { MAPPED = ZM_DOOR_REFUSED, FLAGS = 7 };

/* The usable bytes of a chunk without a mapping of its own. */
static inline size_t chunk_bytes(size_t word)
{
    size_t bytes = (word & ~(size_t)FLAGS) - sizeof word;
    if (bytes == 0) /* it never is; that the compiler knows spares the caller a comparison */
        __builtin_unreachable();
    return bytes;
}

static inline size_t word_of(const void *ptr)
{
    return ((const size_t *)ptr)[-1];
}

static inline struct zm_found find(const void *ptr)
{
    if (ZM_UNLIKELY((uintptr_t)ptr <= last_without_chunk))
        return (struct zm_found){NULL, 0};
    size_t word = word_of(ptr);
    if (ZM_UNLIKELY(ZM_SHARE_BITS(word, zm_me->refused)))
        return (struct zm_found){NULL, 0};
    return (struct zm_found){NULL, chunk_bytes(word)};
}

static inline size_t usable(const void *ptr)
{
    if (ZM_LIKELY((uintptr_t)ptr > last_without_chunk)) {
        size_t word = word_of(ptr);
        if (ZM_LIKELY(!(word & MAPPED)))
            return chunk_bytes(word);
    }
    return real.malloc_usable_size((void *)ptr);
}

#if defined(__GLIBC__) && !defined(ZM_SANITIZED)
/* A chunk's usable size is a multiple of two words, less one word. valgrind, which stands in for
 * libc to find misuse, tells the size that was asked for; to it a look at that word would be
 * misuse. */
static bool looks_like_chunk(size_t asked)
{
    void *ptr = real.malloc(asked);
    size_t bytes = ptr ? real.malloc_usable_size(ptr) : 0;
    real.free(ptr);
    return bytes % (2 * sizeof(size_t)) == sizeof(size_t);
}
#endif

static void learn_chunks(void)
{
#if defined(__GLIBC__) && !defined(ZM_SANITIZED)
    bool known = looks_like_chunk(1);
    for (size_t size = 1; size <= (size_t)1 << 20 && known; size = size * 2 + 7) {
        void *ptr = real.malloc(size);
        if (ptr && !(word_of(ptr) & MAPPED))
            known = chunk_bytes(word_of(ptr)) == real.malloc_usable_size(ptr);
        real.free(ptr);
    }
    if (!known)
        return;
    last_without_chunk = 0;
    hot_malloc = real.malloc;
#endif
}

static int init(void)
{
    const struct zm_libc *found = zm_libc_real();
    if (!found || !found->malloc_usable_size)
        return -ENOSYS;
    real = *found;
    learn_chunks();
    return 0;
}

static inline struct zm_block block(void *ptr)
{
    return (struct zm_block){ptr, ZM_LIKELY(ptr) ? usable(ptr) : 0};
}

/* Block and chunk, and not the chunk alone: so the block need not be kept over the call. */
static ZM_COLD struct zm_block with_chunk(void *ptr)
{
    return (struct zm_block){ptr, real.malloc_usable_size(ptr) + sizeof(size_t)};
}

static inline struct zm_block alloc_hot(size_t size, bool raise)
{
    size_t least = raise ? MIN_SIZE : 0;
    void *ptr = hot_malloc(size < least ? least : size);
    if (ZM_UNLIKELY(!ptr))
        return (struct zm_block){NULL, 0};
    size_t word = word_of(ptr), chunk;
    if (ZM_UNLIKELY(word & MAPPED)) {
        struct zm_block mapped = with_chunk(ptr);
        ptr = mapped.ptr;
        chunk = mapped.usable;
        if (!ptr)
            __builtin_unreachable();
    } else {
        ZM_SETTLE(word); /* tested first, it need not be kept beside the chunk */
        chunk = word & ~(size_t)FLAGS;
    }
    return (struct zm_block){ptr, chunk - sizeof word};
}

static inline struct zm_block alloc(size_t size)
{
    return block(real.malloc(size));
}

static inline struct zm_block alloc_zeroed(size_t size)
{
    return block(real.calloc(1, size));
}

static inline struct zm_block alloc_aligned(size_t align, size_t size)
{
    void *ptr = NULL;
    /* glibc 2.36 and its neighbours, unless a distribution has mended them, let the sum overflow,
     * and write past a block that is too small. */
    if (ZM_UNLIKELY(size > PTRDIFF_MAX || align > PTRDIFF_MAX - size))
        return (struct zm_block){NULL, 0};
    if (align < sizeof(void *))
        align = sizeof(void *);
    return block(real.posix_memalign(&ptr, align, size) == 0 ? ptr : NULL);
}

static inline struct zm_block resize(void *ptr, size_t size, size_t *old)
{
    *old = usable(ptr);
    return block(real.realloc(ptr, size));
}

static inline size_t release(void *ptr)
{
    size_t old = usable(ptr);
    real.free(ptr);
    return old;
}

static inline void release_found(void *ptr, struct zm_found unused)
{
    (void)unused;
    real.free(ptr);
}

static inline size_t release_sized(void *ptr, size_t size)
{
    (void)size;
    return release(ptr);
}

static const struct zm_ops ops = {
    .name = ZM_MODULE_NAME,
    .caps = ZMALLOC_CAP_USABLE,
    .min_size = MIN_SIZE,
    .version = version,
    .init = init,
    .alloc = alloc,
    .alloc_zeroed = alloc_zeroed,
    .alloc_aligned = alloc_aligned,
    .resize = resize,
    .usable = usable,
    .release = release,
    .release_sized = release_sized,
    .alloc_hot = alloc_hot,
    .find = find,
    .find_passes = true,
    .release_found = release_found,
    .control = CONTROL,
};

#define ZM_OPS ops
#include "backends/front_tmpl.h"
