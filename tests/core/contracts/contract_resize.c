/* Resizing up and down, and frees that are told the size.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>
#include <zmalloc.h>

#include "contract.h"
#include "tests/core/test.h"
#include "tests/core/ways.h"

#define LARGEST (ZM_SANITIZER ? ZM_MIB : 8 * ZM_MIB)

typedef void *resizer(void *ptr, size_t size, size_t *usable);

static void *plain(void *ptr, size_t size, size_t *usable)
{
    void *moved = zrealloc(ptr, size);
    *usable = zmalloc_size(moved);
    return moved;
}

static void *tried(void *ptr, size_t size, size_t *usable)
{
    void *moved = ztryrealloc(ptr, size);
    *usable = zmalloc_size(moved);
    return moved;
}

static resizer *const resizers[] = {plain, tried, zrealloc_usable, ztryrealloc_usable};

/* A block that is resized and resized; what it holds and what is counted for it are looked at each
 * time. */
struct block {
    char *ptr;
    size_t usable, before;
};

static void step(struct block *b, size_t size, unsigned i)
{
    size_t kept = b->usable < size ? b->usable : size;
    zm_fill(b->ptr, b->usable, i);
    b->ptr = resizers[i % ZM_COUNT_OF(resizers)](b->ptr, size, &b->usable);
    assert_non_null(b->ptr);
    assert_true((uintptr_t)b->ptr % zm_promised_align() == 0);
    assert_true(b->usable >= size);
    assert_int_equal(zmalloc_size(b->ptr), b->usable);
    assert_int_equal(zmalloc_used_memory() - b->before, b->usable);
    assert_true(zm_is_filled(b->ptr, kept, i));
}

static struct block start(size_t size)
{
    struct block b = {.before = zmalloc_used_memory()};
    b.ptr = zmalloc_usable(size, &b.usable);
    return b;
}

static void end(struct block *b)
{
    zfree(b->ptr);
    assert_int_equal(zmalloc_used_memory(), b->before);
}

static void up_and_down(void **state)
{
    (void)state;
    struct block b = start(1);
    unsigned i = 0;
    for (size_t size = 1; size < 2000; size++)
        step(&b, size, i++);
    for (size_t size = 2000; size < LARGEST; size += size / 9)
        step(&b, size, i++);
    for (size_t size = LARGEST; size > 2000; size -= size / 9)
        step(&b, size, i++);
    for (size_t size = 2000; size > 0; size--)
        step(&b, size, i++);
    end(&b);
}

static void to_and_fro(void **state)
{
    (void)state;
    static const size_t sizes[] = {1,     17,    64,     1000,   1024,    1025,          4096,
                                   16000, 40000, 131072, 200000, 1000000, 4 * ZM_MIB + 1};
    unsigned i = 0;
    for (size_t from = 0; from < ZM_COUNT_OF(sizes); from++)
        for (size_t to = 0; to < ZM_COUNT_OF(sizes); to++) {
            struct block b = start(sizes[from]);
            step(&b, sizes[to], i++);
            step(&b, sizes[from], i++);
            step(&b, sizes[from], i++);
            end(&b);
        }
}

static void to_nothing(void **state)
{
    (void)state;
    size_t before = zmalloc_used_memory();
    for (unsigned i = 0; i < ZM_COUNT_OF(resizers); i++)
        for (size_t size = 0; size < 100000; size = 3 * size + 1) {
            size_t usable = 77;
            assert_null(resizers[i](zmalloc(size), 0, &usable));
            assert_int_equal(usable, 0);
            assert_int_equal(zmalloc_used_memory(), before);
        }
}

/* ---- sized free ---- */

enum claim { REQUESTED, USABLE, CLAIMS };

static void release(void *ptr, size_t requested, enum claim claim, size_t before)
{
    zfree_with_size(ptr, claim == REQUESTED ? requested : zmalloc_size(ptr));
    assert_int_equal(zmalloc_used_memory(), before);
}

/* Blocks that the aligned functions made have no size class of their own size: zfree is theirs. */
static bool takes_sized_free(const struct zm_way *way)
{
    return !strstr(way->name, "aligned");
}

static void sized_free(void **state)
{
    (void)state;
    size_t before = zmalloc_used_memory();
    for (size_t w = 0; w < zm_way_count; w++)
        for (int claim = 0; claim < CLAIMS; claim++)
            for (size_t size = 0; takes_sized_free(&zm_ways[w]) && size < LARGEST;
                 size += size < 1100 ? 1 : size / 5) {
                size_t usable;
                release(zm_ways[w].get(size, &usable), size, (enum claim)claim, before);
            }
    zfree_with_size(NULL, 0);
    zfree_with_size(NULL, 8);
    assert_int_equal(zmalloc_used_memory(), before);
}

static void sized_free_after_resizing(void **state)
{
    (void)state;
    size_t before = zmalloc_used_memory();
    unsigned i = 0;
    for (int claim = 0; claim < CLAIMS; claim++)
        for (size_t from = 1; from < 4 * ZM_MIB; from += from < 64 ? 5 : from / 3)
            for (size_t to = 1; to < 4 * ZM_MIB; to += to < 64 ? 5 : to / 3) {
                size_t usable;
                void *ptr = resizers[i++ % ZM_COUNT_OF(resizers)](zcalloc(from), to, &usable);
                release(ptr, to, (enum claim)claim, before);
            }
}

/* What a sized free gave back is whole: it serves again, and no neighbour suffers. */
static void sized_free_recycles(void **state)
{
    (void)state;
    enum { BLOCKS = 400, ROUNDS = 100 };
    static struct {
        char *ptr;
        size_t size, usable;
    } blocks[BLOCKS];
    uint64_t random = 3;
    size_t before = zmalloc_used_memory();
    for (unsigned round = 0; round < ROUNDS; round++)
        for (unsigned i = 0; i < BLOCKS; i++) {
            uint64_t draw = zm_random(&random);
            assert_true(zm_is_filled(blocks[i].ptr, blocks[i].usable, i));
            if (draw % 3)
                zfree_with_size(blocks[i].ptr, draw % 3 == 1 ? blocks[i].size : blocks[i].usable);
            else
                zfree(blocks[i].ptr);
            blocks[i].size = draw / 3 % (draw % 50 ? 3000 : 50000);
            blocks[i].ptr = zmalloc_usable(blocks[i].size, &blocks[i].usable);
            zm_fill(blocks[i].ptr, blocks[i].usable, i);
        }
    for (unsigned i = 0; i < BLOCKS; i++)
        zfree_with_size(blocks[i].ptr, blocks[i].size);
    assert_int_equal(zmalloc_used_memory(), before);
}

int zm_contract_resize(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(up_and_down),
        cmocka_unit_test(to_and_fro),
        cmocka_unit_test(to_nothing),
        cmocka_unit_test(sized_free),
        cmocka_unit_test(sized_free_after_resizing),
        cmocka_unit_test(sized_free_recycles),
    };
    return cmocka_run_group_tests_name("resize", tests, NULL, NULL);
}
