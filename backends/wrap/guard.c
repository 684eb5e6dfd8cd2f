/* guard: every block ends at a page that nobody may touch, stays there for a while when it is
 * freed, and is known by its address and size.
 *
 *     base        ptr          ptr + size  base + span
 *      | pattern   | the program's | pattern  | guard page |
 *
 * The memory is the backend's own (alloc_aligned), so that it is tried too: a guard page lies
 * wholly in bytes that were asked for, where no allocator keeps anything. A process can have only
 * so many mappings (vm.max_map_count), and a block on pages takes two: beyond `blocks` of them, or
 * when the system refuses, blocks have patterns around them, no pages, and are overwritten when
 * freed.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "guard.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/compiler.h"
#include "base/failure.h"
#include "wrap.h"

enum { EDGE = 0xa7, DEAD = 0xdf, ZONE = 32, ALIGN = _Alignof(max_align_t) };

static uint64_t quarantine = UINT64_C(32) << 20, paged_max = 24000, frames = 8;

static const struct zm_wrap_option options[] = {
    {"quarantine", ZM_WRAP_BYTES, &quarantine},
    {"blocks", ZM_WRAP_NUMBER, &paged_max},
    {"frames", ZM_WRAP_NUMBER, &frames},
    {NULL, ZM_WRAP_NUMBER, NULL},
};

static const struct zm_ops *below;
static size_t page;
static _Atomic uint64_t paged_now;               /* blocks on pages, those in quarantine included */
static atomic_flag said_once = ATOMIC_FLAG_INIT; /* that pages have run out */

/* With the table's lock. */
static struct zm_guard_block *oldest, *newest;
static uint64_t quarantined; /* bytes of spans */

/* ---- patterns ---- */

/* The first byte that is not `byte`, or NULL. */
static const unsigned char *unlike(const char *from, const char *to, int byte)
{
    for (; from < to; from++)
        if ((unsigned char)*from != byte)
            return (const unsigned char *)from;
    return NULL;
}

static void fill_edges(const struct zm_guard_block *b)
{
    memset(b->base, EDGE, (size_t)(b->ptr - b->base));
    memset(b->ptr + b->size, EDGE, (size_t)(b->base + b->span - (b->ptr + b->size)));
}

static void check_edges(const struct zm_guard_block *b)
{
    const unsigned char *bad = unlike(b->ptr + b->size, b->base + b->span, EDGE);
    if (bad)
        zm_guard_dies_of("written past the end of the block", b->ptr, ": first at its byte ",
                         (uint64_t)(bad - (const unsigned char *)b->ptr), b);
    bad = unlike(b->base, b->ptr, EDGE);
    if (bad)
        zm_guard_dies_of("written before the start of the block", b->ptr,
                         ": bytes before it: ", (uint64_t)((const unsigned char *)b->ptr - bad), b);
}

/* ---- making ---- */

static size_t round_up(size_t n, size_t align)
{
    return (n + align - 1) & ~(align - 1);
}

/* Where the parts lie; returns the bytes before ptr, sets span. The block ends as near to the end
 * of the span as its alignment lets it. At least ALIGN bytes lie before it, but for alignments
 * above a page. */
static size_t lay_out(size_t align, size_t size, bool paged, size_t *span)
{
    size_t body = round_up(size ? size : 1, align);
    if (!paged) {
        size_t lead = align > ZONE ? align : ZONE;
        *span = lead + round_up(size, ALIGN) + ZONE;
        return lead;
    }
    if (align > page) {
        *span = round_up(size ? size : 1, page);
        return 0;
    }
    *span = round_up(body + ALIGN, page);
    return *span - body;
}

static bool take_paged(void)
{
    if (atomic_fetch_add(&paged_now, 1) < paged_max)
        return true;
    atomic_fetch_sub(&paged_now, 1);
    return false;
}

static void say_once(void)
{
    char digits[ZM_DECIMAL_MAX];
    if (paged_max && !atomic_flag_test_and_set(&said_once))
        zm_complain("zmalloc guard: more than ", zm_decimal(digits, atomic_load(&paged_now)),
                    " blocks at once: further ones have patterns around them, not guard pages",
                    (char *)NULL);
}

static bool place(struct zm_guard_block *b, size_t align, size_t size, bool paged)
{
    size_t lead = lay_out(align, size, paged, &b->span);
    size_t base_align = !paged ? align : align > page ? align : page;
    b->base = below->alloc_aligned(base_align, b->span + (paged ? page : 0)).ptr;
    if (!b->base)
        return false;
    b->ptr = b->base + lead;
    b->size = size;
    b->paged = paged;
    b->freed = false;
    if (!paged || mprotect(b->base + b->span, page, PROT_NONE) == 0)
        return true;
    below->release(b->base);
    b->base = NULL;
    return false;
}

static struct zm_block make(size_t align, size_t size)
{
    const struct zm_block none = {NULL, 0};
    if (align < ALIGN)
        align = ALIGN;
    if (size > PTRDIFF_MAX / 2 || align > PTRDIFF_MAX / 4)
        return none;
    struct zm_guard_block *b = zm_guard_new();
    if (!b)
        return none;
    bool placed = false;
    if (take_paged()) {
        placed = place(b, align, size, true);
        if (!placed)
            atomic_fetch_sub(&paged_now, 1);
    }
    if (!placed) {
        placed = place(b, align, size, false);
        if (placed)
            say_once();
    }
    if (!placed) {
        zm_guard_recycle(b);
        return none;
    }
    fill_edges(b);
    zm_guard_note(&b->allocated);
    char *ptr = b->ptr;
    zm_guard_lock();
    bool known = zm_guard_insert(b);
    zm_guard_unlock();
    if (!known) {
        if (b->paged)
            mprotect(b->base + b->span, page, PROT_READ | PROT_WRITE);
        below->release(b->base);
        zm_guard_recycle(b);
        return none;
    }
    return (struct zm_block){ptr, size};
}

static struct zm_block alloc(size_t size)
{
    return make(ALIGN, size);
}

static struct zm_block alloc_aligned(size_t align, size_t size)
{
    return make(align, size);
}

static struct zm_block alloc_zeroed(size_t size)
{
    struct zm_block b = make(ALIGN, size);
    if (b.ptr)
        memset(b.ptr, 0, size);
    return b;
}

/* ---- giving back ---- */

/* With the lock held: the live block at ptr; else a report. */
static struct zm_guard_block *live(const char *freed, const char *foreign, const void *ptr)
{
    struct zm_guard_block *b = zm_guard_find(ptr);
    if (b && !b->freed)
        return b;
    zm_guard_unlock();
    zm_guard_dies(b ? freed : foreign, ptr, b);
}

/* Gives the block back to the backend. Where the system refuses to make its pages usable again,
 * it stays with guard for good. */
static void give_back(struct zm_guard_block *b)
{
    if (b->paged) {
        if (mprotect(b->base, b->span + page, PROT_READ | PROT_WRITE) != 0)
            return;
        atomic_fetch_sub(&paged_now, 1);
    } else {
        const unsigned char *bad = unlike(b->base, b->base + b->span, DEAD);
        if (bad)
            zm_guard_dies_of("written after free: the block", b->ptr, ", first at its byte ",
                             (uint64_t)(bad - (const unsigned char *)b->ptr), b);
    }
    below->release(b->base);
    zm_guard_recycle(b);
}

static struct zm_guard_block *next_to_leave(void)
{
    zm_guard_lock();
    struct zm_guard_block *b = quarantined > quarantine ? oldest : NULL;
    if (b) {
        oldest = b->newer;
        if (!oldest)
            newest = NULL;
        quarantined -= b->span;
        zm_guard_remove(b);
    }
    zm_guard_unlock();
    return b;
}

static void keep(struct zm_guard_block *b)
{
    if (!b->paged)
        memset(b->base, DEAD, b->span);
    else if (mprotect(b->base, b->span, PROT_NONE) != 0)
        memset(b->ptr, DEAD, b->size); /* too many mappings: what is read will look strange */
    zm_guard_lock();
    b->newer = NULL;
    *(newest ? &newest->newer : &oldest) = b;
    newest = b;
    quarantined += b->span;
    zm_guard_unlock();
    while ((b = next_to_leave()))
        give_back(b);
}

/* `claimed`: the size that the program gave, or SIZE_MAX. */
static size_t free_block(void *ptr, size_t claimed)
{
    int saved_errno = errno;
    struct zm_guard_site here;
    zm_guard_note(&here);
    zm_guard_lock();
    struct zm_guard_block *b = live("double free of", "free of a pointer that is no block:", ptr);
    if (claimed != SIZE_MAX && claimed != b->size) {
        zm_guard_unlock();
        zm_guard_dies_of("sized free of", ptr, " with a wrong size: ", claimed, b);
    }
    b->freed = true;
    b->released = here;
    zm_guard_unlock();
    size_t size = b->size;
    check_edges(b);
    keep(b);
    errno = saved_errno;
    return size;
}

static size_t release(void *ptr)
{
    return free_block(ptr, SIZE_MAX);
}

static size_t release_sized(void *ptr, size_t size)
{
    return free_block(ptr, size);
}

static size_t size_of(const void *ptr, const char *freed, const char *foreign)
{
    zm_guard_lock();
    size_t size = live(freed, foreign, ptr)->size;
    zm_guard_unlock();
    return size;
}

static size_t usable(const void *ptr)
{
    return size_of(ptr,
                   "size asked of a freed block:", "size asked of a pointer that is no block:");
}

/* A resize always moves the block, so that whoever has kept the old pointer finds out. */
static struct zm_block resize(void *ptr, size_t size, size_t *old)
{
    *old = size_of(ptr, "realloc of a freed block:", "realloc of a pointer that is no block:");
    struct zm_block moved = make(ALIGN, size);
    if (!moved.ptr)
        return moved;
    memcpy(moved.ptr, ptr, *old < size ? *old : size);
    free_block(ptr, SIZE_MAX);
    return moved;
}

/* ---- start and end ---- */

static const char *check(void)
{
    return frames <= ZM_GUARD_FRAMES ? NULL : "guard: frames is 16 at most";
}

static const char *start(const struct zm_ops *ops)
{
    below = ops;
    page = (size_t)sysconf(_SC_PAGESIZE);
    zm_guard_table_start();
    zm_guard_report_start(page, (unsigned)frames);
    zm_guard_signals_start(page);
    return NULL;
}

/* Blocks that nobody frees are looked at here. Other threads may go on. */
static void finish(void)
{
    zm_guard_each(check_edges);
}

static const struct zm_ops ops = {
    .alloc = alloc,
    .alloc_zeroed = alloc_zeroed,
    .alloc_aligned = alloc_aligned,
    .resize = resize,
    .usable = usable,
    .release = release,
    .release_sized = release_sized,
};

const struct zm_wrap zm_wrap_guard = {"guard", options, &ops, check, start, finish};
