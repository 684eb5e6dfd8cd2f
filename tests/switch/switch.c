/* Blocks of several backends in one process: threads that allocate, resize, hand over and free
 * while the backend is switched, with their contents and the account checked.
 *
 * usage: switch [OPERATIONS]   a thread; the default is for a second or so
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmalloc.h>
#include <zmalloc/heap.h>
#include <zmalloc/limit.h>
#include <zmalloc/sysinfo.h>

#include "runtime/fronts.h"
#include "switch.h"

enum { THREADS = 16, SLOTS = 256 };

static unsigned long operations = 100000;
static atomic_bool ended;
static atomic_ulong switches;

/* Blocks that any thread may take: what one allocates another frees. */
static void *_Atomic shared[SLOTS];

/* What each block begins with; its last byte is that of its size. */
struct head {
    size_t size;
    bool aligned; /* then no size may be told when it is freed */
};

static char *fill(char *block, size_t size, bool aligned)
{
    struct head head = {size, aligned};
    memcpy(block, &head, sizeof head);
    block[size - 1] = (char)size;
    return block;
}

static struct head check(const char *block)
{
    struct head head;
    memcpy(&head, block, sizeof head);
    if (head.size < 32 || head.size > (1 << 20) || block[head.size - 1] != (char)head.size ||
        zmalloc_usable_size((void *)(uintptr_t)block) < head.size)
        abort();
    return head;
}

static size_t any_size(uint64_t r)
{
    return r % 64 == 0 ? 32 + r / 64 % 200000 : 32 + r / 64 % 1000;
}

static char *make(uint64_t r)
{
    size_t size = any_size(r);
    bool aligned = r % 7 == 1;
    char *block = r % 7 == 0 ? zcalloc(size)
                  : aligned  ? zaligned_alloc((size_t)1 << (4 + r % 9), size)
                             : zmalloc(size);
    return fill(block, size, aligned);
}

static char *resize(char *block, uint64_t r)
{
    struct head old = check(block);
    size_t size = any_size(r);
    char end = block[old.size - 1];
    block = zrealloc(block, size);
    if (size >= old.size &&
        (memcmp(block, &old.size, sizeof old.size) != 0 || block[old.size - 1] != end))
        abort();
    /* It may still be the aligned block. */
    return fill(block, size, old.aligned);
}

static void give_back(char *block)
{
    if (!block)
        return;
    struct head head = check(block);
    if (!head.aligned && head.size % 2)
        zfree_with_size(block, head.size);
    else
        zfree(block);
}

static void *work(void *arg)
{
    uint64_t state = (uintptr_t)arg * 0x9e3779b97f4a7c15 + 1;
    char *own[64] = {NULL};
    for (unsigned long i = 0; i < operations; i++) {
        uint64_t r = zm_random(&state);
        char **slot = &own[r % 64];
        r >>= 6;
        if (*slot && r % 4 == 0)
            *slot = resize(*slot, zm_random(&state));
        else if (r % 8 == 1)
            *slot = atomic_exchange(&shared[r / 8 % SLOTS], *slot);
        else {
            give_back(*slot); /* aligned ones too, of which no size may be told */
            *slot = make(zm_random(&state));
        }
    }
    for (int i = 0; i < 64; i++)
        give_back(own[i]);
    return NULL;
}

static void *short_life(void *arg)
{
    char *block = make((uintptr_t)arg * 7919);
    give_back(atomic_exchange(&shared[(uintptr_t)arg % SLOTS], block));
    return NULL;
}

static void *turn(void *arg)
{
    (void)arg;
    for (unsigned long i = 0; !ended; i++) {
        if (zmalloc_switch_backend(names[i % name_count]) != 0)
            abort();
        switches++;
        usleep(500);
    }
    return NULL;
}

/* The child does what the parent does, and ends with an account of its own that is right. */
static void forks(void)
{
    for (int i = 0; i < 5; i++) {
        pid_t pid = fork();
        if (pid == 0) {
            size_t before = zmalloc_used_memory();
            zmalloc_switch_backend(names[(size_t)i % name_count]);
            char *block = make((uint64_t)i * 12345 + 1);
            char *taken = atomic_exchange(&shared[i], NULL);
            size_t had = taken ? zmalloc_usable_size(taken) : 0;
            give_back(taken);
            give_back(block);
            _exit(zmalloc_used_memory() == before - had ? 0 : 1);
        }
        int status = -1;
        assert_true(pid > 0 && waitpid(pid, &status, 0) == pid);
        assert_int_equal(status, 0);
    }
}

static void stress(void **state)
{
    (void)state;
    pthread_t threads[THREADS], turner;
    struct zmalloc_stats before = {.struct_size = sizeof before}, after = before;
    zmalloc_get_stats(&before);
    assert_int_equal(pthread_create(&turner, NULL, turn, NULL), 0);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work, (void *)(i + 1)), 0);
    for (size_t i = 0; i < 500; i++) {
        pthread_t brief;
        assert_int_equal(pthread_create(&brief, NULL, short_life, (void *)i), 0);
        pthread_join(brief, NULL);
        if (i % 100 == 0)
            forks();
    }
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    ended = true;
    pthread_join(turner, NULL);
    for (size_t i = 0; i < SLOTS; i++)
        give_back(atomic_exchange(&shared[i], NULL));
    zmalloc_get_stats(&after);
    assert_int_equal(after.used_bytes, before.used_bytes);
    assert_int_equal(after.allocs - after.frees, before.allocs - before.frees);
    assert_true(switches > 10);
}

/* The first switch of a process that was not started for it, while threads allocate and a limit is
 * set; blocks from before it go home. */
static void late(void **state)
{
    (void)state;
    uint32_t arena;
    pthread_t threads[THREADS];
    size_t used = zmalloc_used_memory();
    char *early[100], first[32];
    snprintf(first, sizeof first, "%s", zmalloc_backend_name());
    bool native = false;
    for (size_t i = 0; i < name_count; i++) {
        struct zmalloc_backend_info info = {.struct_size = sizeof info};
        zmalloc_backend_describe(i, &info);
        native |= info.is_running && info.caps & ZMALLOC_CAP_NATIVE_TOTALS;
    }
    for (size_t i = 0; i < 100; i++)
        early[i] = make(i * 77777);
    if (zmalloc_arena_create(&arena) == 0) {
        assert_int_equal(zmalloc_switch_backend(names[0]), -EBUSY);
        assert_int_equal(zmalloc_arena_destroy(arena), 0);
    }
    struct zmalloc_limit limit = {.struct_size = sizeof limit, .hard = used + 100000000};
    assert_int_equal(zmalloc_set_limit(&limit), 0);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work, (void *)(i + 1)), 0);
    usleep(20000);
    for (size_t i = 0; i < name_count; i++) {
        assert_int_equal(zmalloc_switch_backend(names[i]), 0);
        assert_string_equal(zmalloc_backend_name(), names[i]);
        usleep(5000);
        assert_null(ztrymalloc(110000000));
        forks();
    }
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(zmalloc_set_limit(NULL), 0);
    for (size_t i = 0; i < 100; i++)
        give_back(early[i]);
    for (size_t i = 0; i < SLOTS; i++)
        give_back(atomic_exchange(&shared[i], NULL));
    assert_int_equal(zmalloc_used_memory(), used);
    /* A heap can have any backend whose bytes we count. */
    for (size_t i = 0; i < name_count; i++) {
        struct zmalloc_heap_options options = {
            .struct_size = sizeof options, .name = "heap", .backend = names[i]};
        zmalloc_heap *heap = zmalloc_heap_create(&options);
        assert_int_equal(!heap, native && strcmp(names[i], first) == 0);
        if (!heap) {
            assert_int_equal(errno, ENOTSUP);
            continue;
        }
        char *block = zmalloc_heap_malloc(heap, 1000);
        assert_int_equal(zmalloc_used_memory() - used, zmalloc_usable_size(block));
        zfree(block);
        assert_int_equal(zmalloc_heap_destroy(heap, NULL), 0);
    }
    /* The peak knows of what was counted beside. */
    assert_int_equal(zmalloc_switch_backend(names[name_count - 1]), 0);
    size_t peak = zmalloc_get_peak_memory() + 50000000;
    void *large = zmalloc(peak);
    memset(large, 1, 1);
    zfree(large);
    assert_true(zmalloc_get_peak_memory() >= peak);
}

static void told(void **state)
{
    (void)state;
    for (size_t i = 0; i < name_count; i++) {
        assert_int_equal(zmalloc_switch_backend(names[i]), 0);
        assert_string_equal(zmalloc_backend_name(), names[i]);
        assert_int_equal(strncmp(zmalloc_lib(), names[i], strlen(names[i])), 0);
        size_t running = 0;
        for (size_t k = 0; k < zmalloc_backend_count(); k++) {
            struct zmalloc_backend_info info = {.struct_size = sizeof info};
            assert_int_equal(zmalloc_backend_describe(k, &info), 0);
            running += (size_t)info.is_running;
            assert_int_equal(info.is_running, strcmp(info.name, names[i]) == 0);
        }
        assert_int_equal(running, 1);
    }
}

/* A block stays where it is until it is resized, and then comes from the new one. */
static void goes_home(void **state)
{
    (void)state;
    size_t used = zmalloc_used_memory();
    for (size_t from = 0; from < name_count; from++)
        for (size_t to = 0; to < name_count; to++) {
            assert_int_equal(zmalloc_switch_backend(names[from]), 0);
            char *small = zmalloc(100), *large = zmalloc(3000000);
            memset(small, 'x', 100);
            memset(large, 'y', 3000000);
            size_t usable = zmalloc_usable_size(small);
            assert_int_equal(zmalloc_switch_backend(names[to]), 0);
            assert_int_equal(zmalloc_usable_size(small), usable);
            char *moved = zrealloc(small, 50);
            assert_true(from == to || moved != small);
            assert_int_equal(moved[49], 'x');
            large = zrealloc(large, 100);
            assert_int_equal(large[99], 'y');
            assert_null(zrealloc(moved, 0));
            zfree(large);
            zfree(NULL);
            assert_int_equal(zmalloc_used_memory(), used);
        }
}

static void steering(void **state)
{
    (void)state;
    uint32_t arena;
    assert_int_equal(zmalloc_arena_create(&arena), -ENOTSUP);
    assert_int_equal(zmalloc_can_defrag(), 0);
    zmalloc_switch_backend(names[0]);
    void *block = zmalloc_with_flags(100, ZMALLOC_NO_TCACHE | ZMALLOC_ZERO);
    zmalloc_switch_backend(names[1]);
    zfree_with_flags(block, ZMALLOC_NO_TCACHE);
    assert_int_equal(zmalloc_purge(), 0);
    assert_int_equal(zmalloc_switch_backend("nonesuch"), -EINVAL);
    assert_int_equal(zmalloc_switch_backend(""), -EINVAL);
    assert_int_equal(zmalloc_switch_backend(NULL), -EINVAL);
}

/* After all of a program's memory has turned over and been purged, what the first held is gone. */
static void turnover(void **state)
{
    (void)state;
    enum { BLOCKS = 200000 };
    struct zmalloc_sysinfo_memory memory = {.struct_size = sizeof memory};
    char **blocks = calloc(BLOCKS, sizeof *blocks);
    for (size_t n = 0; n < name_count; n++) {
        zmalloc_switch_backend(names[n]);
        for (size_t i = 0; i < BLOCKS; i++) {
            blocks[i] = blocks[i] ? zrealloc(blocks[i], 301) : zmalloc(300);
            memset(blocks[i], 1, 300);
        }
    }
    zmalloc_flush_thread_cache();
    zmalloc_purge();
    size_t used = zmalloc_used_memory();
    assert_int_equal(zmalloc_sysinfo_memory(0, ZMALLOC_SYSINFO_RSS, &memory), 0);
    print_message("used %zu, RSS %llu\n", used, (unsigned long long)memory.rss);
    if (!ZM_SANITIZER && !getenv("ZM_SYSTEM_ALLOCATORS")) { /* those can't be purged */
        size_t more = name_count > 6 ? name_count - 6 : 0;  /* than are built unasked */
        assert_true(memory.rss < used + 25000000 + more * 4000000);
    }
    for (size_t i = 0; i < BLOCKS; i++)
        zfree(blocks[i]);
    free(blocks);
}

/* Another process asks for a purge by a bit; whatever switches meanwhile leaves it there. */
static void a_purge_outlives_a_switch(void **state)
{
    (void)state;
    zmalloc_switch_backend(names[0]);
    __atomic_fetch_or(&zm_front_code, ZM_LIVE_PURGE, __ATOMIC_RELAXED);
    zmalloc_switch_backend(names[1]);
    assert_true(zm_front_now() & ZM_LIVE_PURGE);
    assert_string_equal(zmalloc_backend_name(), names[1]);
    zfree(zmalloc(100));
    assert_false(zm_front_now() & ZM_LIVE_PURGE);
    assert_string_equal(zmalloc_backend_name(), names[1]);
}

static void in_handler(int number)
{
    (void)number;
    zmalloc_switch_backend(names[switches++ % name_count]);
}

static void from_a_signal_handler(void **state)
{
    (void)state;
    struct sigaction action = {.sa_handler = in_handler};
    sigaction(SIGALRM, &action, NULL);
    for (uint64_t i = 0; i < 2000; i++) {
        raise(SIGALRM);
        give_back(make(i * 7919));
    }
}

int main(int argc, char **argv)
{
    if (argc > 1)
        operations = strtoul(argv[1], NULL, 10);
    find_names();
    bool is_late = !getenv("ZMALLOC_SWITCH");
    const struct CMUnitTest first[] = {
        /* Each the first, for what others do can't be undone: the switch, and resident memory. */
        is_late ? (struct CMUnitTest)cmocka_unit_test(late)
                : (struct CMUnitTest)cmocka_unit_test(turnover),
    };
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(told),
        cmocka_unit_test(goes_home),
        cmocka_unit_test(steering),
        cmocka_unit_test(limits),
        cmocka_unit_test(stress),
        cmocka_unit_test(from_a_signal_handler),
        cmocka_unit_test(a_purge_outlives_a_switch),
    };
    int failed = cmocka_run_group_tests(first, NULL, NULL);
    return failed ? failed : cmocka_run_group_tests(tests, NULL, NULL);
}
