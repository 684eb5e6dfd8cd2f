/* glibc: mallinfo2 for the sums, malloc_info for the arenas, malloc_trim.
 *
 * malloc_info writes XML to a stream: a <heap> element for each arena, then the same once more for
 * all of them.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "backends/control.h"

#if defined(__GLIBC__) && defined(ZM_HAVE_MALLINFO2) && !defined(ZM_SANITIZED)

#    include <errno.h>
#    include <malloc.h>
#    include <stdio.h>
#    include <stdlib.h>
#    include <string.h>

#    include "base/libc_real.h"

/* The text of malloc_info, which the caller frees; NULL: there is none. */
static char *describe(void)
{
    int (*malloc_info_of_libc)(int options, FILE *stream);
    *(void **)&malloc_info_of_libc = zm_libc_symbol("malloc_info");
    char *text = NULL;
    size_t length = 0;
    FILE *stream = malloc_info_of_libc ? open_memstream(&text, &length) : NULL;
    if (!stream)
        return NULL;
    int error = malloc_info_of_libc(0, stream);
    if (fclose(stream) != 0 || error) {
        free(text);
        return NULL;
    }
    return text;
}

/* Looks between `at` and `end` for an element that begins with `element`, and reads the number
 * in its `attribute`. */
static bool number(const char *at, const char *end, const char *element, const char *attribute,
                   uint64_t *to)
{
    const char *found = strstr(at, element);
    if (!found || found >= end)
        return false;
    const char *value = strstr(found, attribute);
    if (!value || value > strchr(found, '>'))
        return false;
    *to = strtoull(value + strlen(attribute), NULL, 10);
    return true;
}

static const char *next_heap(const char *at)
{
    return strstr(at, "<heap nr=\"");
}

static int info(bool wanted, struct zmalloc_allocator_info *out)
{
    (void)wanted;
    struct mallinfo2 (*mallinfo2_of_libc)(void);
    *(void **)&mallinfo2_of_libc = zm_libc_symbol("mallinfo2");
    if (!mallinfo2_of_libc)
        return -ENOTSUP;
    struct mallinfo2 sums = mallinfo2_of_libc();
    out->allocated = sums.uordblks + sums.hblkhd;
    out->mapped = sums.arena + sums.hblkhd;
    out->dirty = sums.fordblks;
    out->has = ZMALLOC_ALLOCATOR_ALLOCATED | ZMALLOC_ALLOCATOR_MAPPED | ZMALLOC_ALLOCATOR_DIRTY;
    char *text = describe();
    if (!text)
        return 0;
    for (const char *at = text; (at = next_heap(at)); at++)
        out->arenas++;
    out->has |= ZMALLOC_ALLOCATOR_ARENAS;
    free(text);
    return 0;
}

static int arena_info(uint32_t arena, bool wanted, struct zmalloc_allocator_info *out)
{
    (void)wanted;
    char *text = describe();
    if (!text)
        return -ENOTSUP;
    const char *heap = next_heap(text);
    for (uint32_t i = 0; heap && i < arena; i++)
        heap = next_heap(heap + 1);
    const char *end = heap ? strstr(heap, "</heap>") : NULL;
    uint64_t fast, rest, current;
    int status = -ENODATA;
    if (end && number(heap, end, "<total type=\"fast\"", "size=\"", &fast) &&
        number(heap, end, "<total type=\"rest\"", "size=\"", &rest) &&
        number(heap, end, "<system type=\"current\"", "size=\"", &current) &&
        current >= fast + rest) {
        out->allocated = current - fast - rest;
        out->mapped = current;
        out->dirty = fast + rest;
        out->has = ZMALLOC_ALLOCATOR_ALLOCATED | ZMALLOC_ALLOCATOR_MAPPED | ZMALLOC_ALLOCATOR_DIRTY;
        status = 0;
    }
    free(text);
    return status;
}

static int purge(void)
{
    const struct zm_libc *real = zm_libc_real();
    if (!real || !real->malloc_trim)
        return -ENOTSUP;
    real->malloc_trim(0);
    return 0;
}

const struct zm_control ZM_MODULE_SYMBOL(control) = {
    .tells = ZMALLOC_ALLOCATOR_ALLOCATED | ZMALLOC_ALLOCATOR_MAPPED | ZMALLOC_ALLOCATOR_DIRTY |
             ZMALLOC_ALLOCATOR_ARENAS,
    .cost = ZMALLOC_COST_ARENAS,
    .info = info,
    .arena_info = arena_info,
    .purge = purge,
};

#endif
