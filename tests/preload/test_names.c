/* Under the preload: every allocation name does what its manual page says.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <string.h>
#include <unistd.h>

#include "tests/preload/libraries/loaded.h"

/* Names that glibc's headers do not declare, or that nothing can be linked with. */
static void (*cfree_)(void *ptr);
static void (*free_sized_)(void *ptr, size_t size);
static void (*free_aligned_sized_)(void *ptr, size_t align, size_t size);

static size_t page;

static bool aligned(const void *ptr, size_t align)
{
    return (uintptr_t)ptr % align == 0;
}

/* Writes and reads back every usable byte. */
static void use_whole(void *block, size_t asked)
{
    assert_non_null(block);
    size_t usable = malloc_usable_size(block);
    assert_true(usable >= asked);
    memset(block, 0xa5, usable);
    for (size_t i = 0; i < usable; i++)
        assert_int_equal(((unsigned char *)block)[i], 0xa5);
}

static void assert_refused(const void *ptr, int error)
{
    assert_null(ptr);
    assert_int_equal(errno, error);
    errno = 0;
}

static const size_t sizes[] = {0, 1, 7, 8, 24, 100, 1024, 4096, 10000, 100000, 3000000};

static void every_size(void **state)
{
    (void)state;
    void *blocks[ZM_COUNT_OF(sizes)][5];
    for (size_t i = 0; i < ZM_COUNT_OF(sizes); i++) {
        blocks[i][0] = malloc(sizes[i]);
        blocks[i][1] = calloc(sizes[i], 1);
        blocks[i][2] = calloc(1, sizes[i]);
        blocks[i][3] = realloc(NULL, sizes[i]);
        blocks[i][4] = reallocarray(NULL, 1, sizes[i]);
        for (size_t n = 0; n < 5; n++) {
            use_whole(blocks[i][n], sizes[i]);
            if (sizes[i] >= 16)
                assert_true(aligned(blocks[i][n], _Alignof(max_align_t)));
        }
    }
    for (size_t i = 0; i < ZM_COUNT_OF(sizes); i++) {
        free(blocks[i][0]);
        cfree_(blocks[i][1]);
        free_sized_(blocks[i][2], sizes[i]);
        free_sized_(blocks[i][3], sizes[i]);
        free(blocks[i][4]);
    }
}

static void zero_size_blocks_differ(void **state)
{
    (void)state;
    void *one = malloc(0), *other = malloc(0);
    assert_non_null(one);
    assert_non_null(other);
    assert_ptr_not_equal(one, other);
    free(one);
    free(other);
}

static void calloc_is_zero(void **state)
{
    (void)state;
    for (int again = 0; again < 3; again++)
        for (size_t i = 0; i < ZM_COUNT_OF(sizes); i++) {
            unsigned char *block = calloc(sizes[i], 1);
            for (size_t n = 0; n < sizes[i]; n++)
                assert_int_equal(block[n], 0);
            use_whole(block, sizes[i]);
            free(block);
        }
}

static void realloc_keeps_contents(void **state)
{
    (void)state;
    unsigned char *block = malloc(10);
    memcpy(block, "0123456789", 10);
    for (size_t size = 16; size < 20000000; size = size * 5 / 2) {
        block = realloc(block, size);
        assert_memory_equal(block, "0123456789", 10);
        block[size - 1] = 'x';
    }
    for (size_t size = 8000000; size >= 10; size = size / 3) {
        block = reallocarray(block, size, 1);
        assert_memory_equal(block, "0123456789", 10);
    }
    assert_null(realloc(block, 0)); /* freed, as glibc does */
    assert_non_null(block = malloc(10));
    assert_null(reallocarray(block, 0, 8));
}

static void null_is_free(void **state)
{
    (void)state;
    free(NULL);
    cfree_(NULL);
    free_sized_(NULL, 10);
    free_aligned_sized_(NULL, 64, 10);
    assert_int_equal(malloc_usable_size(NULL), 0);
}

static void overflow_is_enomem(void **state)
{
    (void)state;
    /* Hidden from the compiler, which knows better. */
    volatile size_t too_much = (size_t)PTRDIFF_MAX + 1, all = SIZE_MAX;
    void *block = malloc(100);
    memset(block, 7, 100);
    errno = 0;
    assert_refused(malloc(too_much), ENOMEM);
    assert_refused(malloc(all), ENOMEM);
    assert_refused(calloc(all / 2, 3), ENOMEM);
    assert_refused(calloc(1, too_much), ENOMEM);
    assert_refused(realloc(NULL, too_much), ENOMEM);
    assert_refused(realloc(block, too_much), ENOMEM);
    assert_refused(reallocarray(block, all / 2, 3), ENOMEM);
    assert_refused(reallocarray(NULL, all / 4, 8), ENOMEM);
    assert_refused(memalign(64, too_much), ENOMEM);
    assert_refused(memalign(4096, all - 100), ENOMEM);
    assert_refused(aligned_alloc(64, too_much), ENOMEM);
    assert_refused(valloc(too_much), ENOMEM);
    assert_refused(valloc(all), ENOMEM);
    assert_refused(pvalloc(too_much), ENOMEM);
    assert_refused(pvalloc(all), ENOMEM);
    for (size_t i = 0; i < 100; i++) /* the failures have left the block as it was */
        assert_int_equal(((unsigned char *)block)[i], 7);
    free(block);
}

static void posix_memalign_aligns(void **state)
{
    (void)state;
    void *untouched = &page, *block = untouched;
    errno = EPROTO;
    static const size_t wrong[] = {0, 1, 2, 4, 3, 12, 24, 48, 100, SIZE_MAX};
    for (size_t i = 0; i < ZM_COUNT_OF(wrong); i++)
        assert_int_equal(posix_memalign(&block, wrong[i], 100), EINVAL);
    for (size_t align = sizeof(void *); align <= 2 * ZM_MIB; align *= 2)
        for (size_t i = 0; i < ZM_COUNT_OF(sizes); i++) {
            assert_int_equal(posix_memalign(&block, align, sizes[i]), 0);
            assert_true(aligned(block, align));
            if (sizes[i] <= 10000)
                use_whole(block, sizes[i]);
            free(block);
        }
    block = untouched;
    assert_int_equal(errno, EPROTO); /* up to here */
    assert_int_equal(posix_memalign(&block, 64, PTRDIFF_MAX), ENOMEM);
    assert_int_equal(posix_memalign(&block, 64, SIZE_MAX), ENOMEM);
    assert_ptr_equal(block, untouched);
}

static void aligned_alloc_aligns(void **state)
{
    (void)state;
    for (size_t align = 1; align <= ZM_MIB; align *= 2) {
        void *block = aligned_alloc(align, 3 * align);
        assert_true(aligned(block, align));
        use_whole(block, 3 * align);
        free_aligned_sized_(block, align, 3 * align);
        block = aligned_alloc(align, 5); /* no multiple: allowed since C17 */
        assert_true(aligned(block, align));
        free_aligned_sized_(block, align, 5);
    }
}

/* ---- held against libc's own ---- */

/* What a call has come to: the blocks themselves are not for comparing. */
struct outcome {
    bool block;
    int returned, error;
};

typedef void *aligning(size_t align, size_t size);
typedef void *paging(size_t size);
typedef int posix_aligning(void **out, size_t align, size_t size);
typedef void freeing(void *ptr);

struct names {
    aligning *memalign, *aligned_alloc;
    paging *valloc, *pvalloc;
    posix_aligning *posix_memalign;
    freeing *free;
};

static void read_names(void *handle, struct names *out)
{
    *(void **)&out->memalign = dlsym(handle, "memalign");
    *(void **)&out->aligned_alloc = dlsym(handle, "aligned_alloc");
    *(void **)&out->valloc = dlsym(handle, "valloc");
    *(void **)&out->pvalloc = dlsym(handle, "pvalloc");
    *(void **)&out->posix_memalign = dlsym(handle, "posix_memalign");
    *(void **)&out->free = dlsym(handle, "free");
}

/* A success may leave errno as it likes; only posix_memalign's is looked at. */
static struct outcome outcome_of(const struct names *from, void *block)
{
    struct outcome now = {block != NULL, 0, block ? 0 : errno};
    from->free(block);
    errno = EPROTO;
    return now;
}

static struct outcome posix_outcome(const struct names *from, size_t align, size_t size)
{
    void *block = NULL;
    int returned = from->posix_memalign(&block, align, size);
    struct outcome now = {block != NULL, returned, errno};
    from->free(block);
    errno = EPROTO;
    return now;
}

static void assert_alike(struct outcome ours, struct outcome libcs, const char *name, size_t align,
                         size_t size)
{
    if (ours.block != libcs.block || ours.returned != libcs.returned || ours.error != libcs.error)
        fail_msg("%s(%zx, %zx): block %d, returned %d, errno %d; libc: %d, %d, %d", name, align,
                 size, ours.block, ours.returned, ours.error, libcs.block, libcs.returned,
                 libcs.error);
}

static void as_libc_does(void **state)
{
    (void)state;
    void *libc = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
    if (!libc)
        skip(); /* another libc than glibc */
    static const size_t top = SIZE_MAX / 2 + 1;
    static const size_t aligns[] = {0,           1,       2,   3,       4,       8,    12,
                                    16,          24,      48,  100,     4096,    4097, top / 2,
                                    top / 2 + 1, top - 1, top, top + 1, SIZE_MAX};
    static const size_t asked[] = {0, 1, 96, 100000, top - 1, top, SIZE_MAX - 100, SIZE_MAX};
    struct names ours, libcs;
    read_names(RTLD_DEFAULT, &ours);
    read_names(libc, &libcs);
    assert_true(ours.memalign != libcs.memalign);
    errno = EPROTO;
#define ALIKE(NAME, A, S, ...)                              \
    assert_alike(outcome_of(&ours, ours.NAME(__VA_ARGS__)), \
                 outcome_of(&libcs, libcs.NAME(__VA_ARGS__)), #NAME, A, S)
    for (size_t s = 0; s < ZM_COUNT_OF(asked); s++) {
        ALIKE(valloc, 0, asked[s], asked[s]);
        ALIKE(pvalloc, 0, asked[s], asked[s]);
        for (size_t a = 0; a < ZM_COUNT_OF(aligns); a++) {
            ALIKE(memalign, aligns[a], asked[s], aligns[a], asked[s]);
            ALIKE(aligned_alloc, aligns[a], asked[s], aligns[a], asked[s]);
            assert_alike(posix_outcome(&ours, aligns[a], asked[s]),
                         posix_outcome(&libcs, aligns[a], asked[s]), "posix_memalign", aligns[a],
                         asked[s]);
        }
    }
    dlclose(libc);
}

static void memalign_rounds_up(void **state)
{
    (void)state;
    static const struct {
        size_t asked, given;
    } aligns[] = {{0, 8}, {1, 8}, {3, 8}, {24, 32}, {100, 128}, {4097, 8192}, {64, 64}};
    for (size_t i = 0; i < ZM_COUNT_OF(aligns); i++) {
        void *block = memalign(aligns[i].asked, 200);
        assert_true(aligned(block, aligns[i].given));
        use_whole(block, 200);
        free(block);
    }
    errno = 0;
    static const volatile size_t wrong[] = {SIZE_MAX / 2 + 2, SIZE_MAX}; /* else clang 14 crashes */
    for (size_t i = 0; i < ZM_COUNT_OF(wrong); i++)
        assert_refused(memalign(wrong[i], 1), EINVAL);
}

static void whole_pages(void **state)
{
    (void)state;
    for (size_t i = 0; i < ZM_COUNT_OF(sizes); i++) {
        void *block = valloc(sizes[i]), *pages = pvalloc(sizes[i]);
        assert_true(aligned(block, page));
        assert_true(aligned(pages, page));
        use_whole(block, sizes[i]);
        use_whole(pages, (sizes[i] + page - 1) / page * page);
        free(block);
        free(pages);
    }
    void *pages = pvalloc(0);
    assert_non_null(pages);
    free(pages);
}

/* An aligned block is resized like any other. */
static void aligned_blocks_resize(void **state)
{
    (void)state;
    for (size_t align = 32; align <= 65536; align *= 4) {
        char *block = aligned_alloc(align, align);
        strcpy(block, "kept");
        block = realloc(block, 3 * align);
        assert_string_equal(block, "kept");
        use_whole(block, 3 * align);
        memcpy(block, "kept", 5);
        block = realloc(block, 9);
        assert_string_equal(block, "kept");
        free(block);
    }
}

/* About libc's own heap, whatever the backend: they shall be there and do no harm. */
static void libc_knobs(void **state)
{
    (void)state;
    void *block = malloc(100000);
    assert_int_equal(mallopt(M_MMAP_THRESHOLD, 1 << 20), 1);
    int trimmed = malloc_trim(0);
    assert_true(trimmed == 0 || trimmed == 1);
    struct mallinfo2 now = mallinfo2();
    assert_true(now.uordblks <= now.arena);
    assert_true(now.uordblks + now.hblkhd > 100000 || !zm_wanted_is("libc"));
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    struct mallinfo old = mallinfo();
#pragma GCC diagnostic pop
    assert_int_equal((size_t)old.arena, now.arena);
    malloc_stats();
    use_whole(block, 100000);
    free(block);
}

/* The calls above were the library's: what they did is in its account, and nothing is left. */
static void accounted(void **state)
{
    (void)state;
    assert_string_equal(zm_loaded_backend(), zm_wanted_backend());
    size_t before = zm_loaded_used();
    void *block = malloc(100000), *wide = memalign(256, 5000);
    size_t during = zm_loaded_used();
    assert_int_equal(during - before, malloc_usable_size(block) + malloc_usable_size(wide));
    free(block);
    free(wide);
    assert_int_equal(zm_loaded_used(), before);
}

static int find_names(void **state)
{
    (void)state;
    page = (size_t)sysconf(_SC_PAGESIZE);
    zm_loaded_init();
    *(void **)&cfree_ = zm_symbol("cfree");
    *(void **)&free_sized_ = zm_symbol("free_sized");
    *(void **)&free_aligned_sized_ = zm_symbol("free_aligned_sized");
    return 0;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_size),
        cmocka_unit_test(zero_size_blocks_differ),
        cmocka_unit_test(calloc_is_zero),
        cmocka_unit_test(realloc_keeps_contents),
        cmocka_unit_test(null_is_free),
        cmocka_unit_test(overflow_is_enomem),
        cmocka_unit_test(posix_memalign_aligns),
        cmocka_unit_test(aligned_alloc_aligns),
        cmocka_unit_test(as_libc_does),
        cmocka_unit_test(memalign_rounds_up),
        cmocka_unit_test(whole_pages),
        cmocka_unit_test(aligned_blocks_resize),
        cmocka_unit_test(libc_knobs),
        cmocka_unit_test(accounted),
    };
    return cmocka_run_group_tests_name("preload names", tests, find_names, NULL);
}
