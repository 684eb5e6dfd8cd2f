/* A module: pages of its own for every block, from mmap. Compiled with ZM_LACKS_... it is one that
 * must be refused.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>
#include <sys/mman.h>
#include <zmalloc/module.h>

enum { PAGE = 4096, HEAD = 64 };

/* Before the block, on the same page: [where the mapping begins][its length][usable bytes] */
struct head {
    char *from;
    size_t length, usable;
};

static struct head *head_of(const void *ptr)
{
    return (struct head *)((char *)ptr - sizeof(struct head));
}

static struct zmalloc_block alloc_aligned(size_t align, size_t size)
{
    const struct zmalloc_block none = {0, 0};
    size_t lead = align > HEAD ? align : HEAD;
    if (size > SIZE_MAX / 4 || lead > SIZE_MAX / 4)
        return none;
    size_t length = (lead + (lead > PAGE ? lead : 0) + size + PAGE) & ~(size_t)(PAGE - 1);
    char *from = mmap(0, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (from == MAP_FAILED)
        return none;
    char *ptr = (char *)(((uintptr_t)from + lead + (lead > PAGE ? lead - 1 : 0)) & ~(lead - 1));
    *head_of(ptr) = (struct head){from, length, (size_t)(from + length - ptr)};
    return (struct zmalloc_block){ptr, head_of(ptr)->usable};
}

static struct zmalloc_block alloc(size_t size)
{
    return alloc_aligned(HEAD, size);
}

static size_t usable(const void *ptr)
{
    return head_of(ptr)->usable;
}

static size_t release(void *ptr)
{
    struct head head = *head_of(ptr);
    munmap(head.from, head.length);
    return head.usable;
}

static struct zmalloc_block resize(void *ptr, size_t size, size_t *old)
{
    *old = usable(ptr);
    struct zmalloc_block moved = alloc(size);
    if (moved.ptr) {
        memcpy(moved.ptr, ptr, *old < size ? *old : size);
        release(ptr);
    }
    return moved;
}

#ifdef ZM_OTHER_ABI
#    define ABI (ZMALLOC_MODULE_ABI + 1)
#else
#    define ABI ZMALLOC_MODULE_ABI
#endif

#ifdef ZM_NO_START
static int start(void)
{
    return -12;
}
#else
static int start(void)
{
    return 0;
}
#endif

ZMALLOC_MODULE = {
    .abi = ABI,
#ifdef ZM_SMALL
    .struct_size = sizeof(uint32_t),
#else
    .struct_size = sizeof(struct zmalloc_module),
#endif
    .name = "mine",
    .version = "7",
    .caps = ZMALLOC_CAP_USABLE,
    .init = start,
    .alloc = alloc,
    .alloc_zeroed = alloc,
    .alloc_aligned = alloc_aligned,
#ifndef ZM_NO_RESIZE
    .resize = resize,
#endif
    .usable = usable,
    .release = release,
};
