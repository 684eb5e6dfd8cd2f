/* Pages that go from one allocator to another: blocks of all kinds, which make allocators map and
 * unmap, while one after the other runs. Whatever was given last is taken by whoever gave it.
 *
 * usage: pages [ROUNDS]
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmalloc.h>

#include "runtime/fronts.h"
#include "switch.h"

/* By itself jemalloc keeps what it once had. */
ZMALLOC_JEMALLOC_CONF("retain:false,dirty_decay_ms:0,muzzy_decay_ms:0")

enum { BLOCKS = 400, THREADS = 3 };

static unsigned long rounds = 400;
static unsigned first; /* the code of what runs at the start */

struct live {
    char *ptr;
    size_t size;
    unsigned owner;
};

static uint64_t next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static size_t any_size(uint64_t r)
{
    switch (r % 16) {
    case 0:
        return 1 + (r >> 8) % 8000000;
    case 1:
    case 2:
        return 1 + (r >> 8) % 300000;
    case 3:
    case 4:
        return 1 + (r >> 8) % 20000;
    default:
        return 1 + (r >> 8) % 600;
    }
}

/* Alignments above 64 KiB are what some allocators have maps of their own for. */
static char *any_block(uint64_t r, size_t size)
{
    if (r % 8 == 0)
        return zaligned_alloc((size_t)64 << r / 8 % 14, size);
    return r % 8 == 1 ? zcalloc(size) : zmalloc(size);
}

static struct live make(uint64_t r, bool alone)
{
    struct live live = {.size = any_size(r)};
    live.ptr = any_block(r >> 40, live.size);
    if (!live.ptr)
        return live;
    live.owner = zm_owner_of(live.ptr);
    if (alone)
        assert_true(live.owner == zm_front_running() ||
                    (live.owner == 0 && zm_front_running() == first));
    memset(live.ptr, (int)live.size, live.size < 64 ? live.size : 64);
    live.ptr[live.size - 1] = (char)live.size;
    return live;
}

static void give_back(struct live *live, uint64_t r)
{
    if (!live->ptr)
        return;
    assert_int_equal(zm_owner_of(live->ptr), live->owner);
    assert_true(live->ptr[0] == (char)live->size && live->ptr[live->size - 1] == (char)live->size);
    assert_true(zmalloc_usable_size(live->ptr) >= live->size);
    if (r % 4 == 0 && r / 4 % 2)
        live->ptr = zrealloc(live->ptr, 1 + any_size(r >> 8));
    zfree(live->ptr);
    live->ptr = NULL;
}

static void turn(struct live *blocks, uint64_t *state, bool alone)
{
    for (size_t i = 0; i < BLOCKS / 8; i++) {
        struct live *live = &blocks[next(state) % BLOCKS];
        give_back(live, next(state));
        *live = make(next(state), alone);
    }
}

static void give_all_back(struct live *blocks, uint64_t *state)
{
    for (size_t i = 0; i < BLOCKS; i++)
        give_back(&blocks[i], next(state));
}

static void owners_are_right(void **unused)
{
    (void)unused;
    static struct live blocks[BLOCKS];
    uint64_t state = 88172645463325252;
    size_t before = zmalloc_used_memory();
    for (unsigned long i = 0; i < rounds; i++) {
        assert_int_equal(zmalloc_switch_backend(names[next(&state) % name_count]), 0);
        turn(blocks, &state, true);
        if (i % 16 == 0)
            zmalloc_purge();
        if (i % 64 == 0)
            give_all_back(blocks, &state);
    }
    give_all_back(blocks, &state);
    assert_int_equal(zmalloc_used_memory(), before);
}

static atomic_bool ended;

static void *works(void *seed)
{
    struct live *blocks = calloc(BLOCKS, sizeof *blocks);
    uint64_t state = 88172645463325252 + (uintptr_t)seed * 7919;
    for (unsigned long i = 0; i < rounds / 4; i++) {
        turn(blocks, &state, false);
        if (i % 16 == 0)
            zmalloc_purge();
    }
    give_all_back(blocks, &state);
    free(blocks);
    return NULL;
}

static void *switches(void *unused)
{
    (void)unused;
    for (size_t i = 0; !atomic_load(&ended); i++) {
        zmalloc_switch_backend(names[i % name_count]);
        nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
    }
    return NULL;
}

static void under_threads(void **unused)
{
    (void)unused;
    pthread_t threads[THREADS], switcher;
    size_t before = zmalloc_used_memory();
    pthread_create(&switcher, NULL, switches, NULL);
    for (uintptr_t i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, works, (void *)(i + 1));
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    atomic_store(&ended, true);
    pthread_join(switcher, NULL);
    assert_int_equal(zmalloc_used_memory(), before);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        rounds = strtoul(argv[1], NULL, 10);
    find_names();
    zmalloc_switch_backend(zmalloc_backend_name()); /* or nobody has a code yet */
    first = zm_front_running();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(owners_are_right),
        cmocka_unit_test(under_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
