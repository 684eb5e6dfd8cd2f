/* Memory that really runs out: under RLIMIT_AS, in a process for each test.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmalloc.h>

#include "child.h"
#include "test.h"

#define SPARE (96 * ZM_MIB) /* beyond what the process has mapped at its start */

static void limit_address_space(size_t spare)
{
    size_t pages = 0;
    FILE *statm = fopen("/proc/self/statm", "r");
    ZM_EXPECT(statm && fscanf(statm, "%zu", &pages) == 1);
    fclose(statm);
    size_t most = pages * (size_t)sysconf(_SC_PAGESIZE) + spare;
    ZM_EXPECT(setrlimit(RLIMIT_AS, &(struct rlimit){most, most}) == 0);
}

/* Leaves no address space at all. */
static void map_the_rest(void)
{
    for (size_t size = SPARE; size >= (size_t)sysconf(_SC_PAGESIZE); size /= 2)
        while (mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED) {
        }
}

/* ---- a list of blocks, that needs no other memory ---- */

struct link {
    struct link *next;
};

struct heap {
    struct link *blocks;
    size_t count, usable;
};

/* Whether there was memory; if not, it is said properly. */
static bool take(struct heap *heap, size_t size)
{
    size_t usable = 77;
    errno = 0;
    struct link *block = ztrymalloc_usable(size, &usable);
    if (!block) {
        ZM_EXPECT(errno == ENOMEM && usable == 0);
        return false;
    }
    memset(block, 1, sizeof *block);
    block->next = heap->blocks;
    heap->blocks = block;
    heap->count++;
    heap->usable += usable;
    return true;
}

static void drop_all(struct heap *heap)
{
    while (heap->blocks) {
        struct link *next = heap->blocks->next;
        zfree(heap->blocks);
        heap->blocks = next;
    }
    *heap = (struct heap){.blocks = NULL};
}

static size_t handled, handled_size;

static void note(size_t size)
{
    handled++;
    handled_size = size;
}

/* ---- */

/* What rpmalloc has mapped so far, used or not: it is no part of what is spare, and much. */
static size_t mapped_ahead(void)
{
    if (!zm_wanted_is("rpmalloc"))
        return 0;
    struct zmalloc_allocator_info info = {.struct_size = sizeof info};
    zmalloc_allocator_info(1, &info);
    return (size_t)info.mapped;
}

static int use_it_up(void *arg)
{
    (void)arg;
    static const size_t sizes[] = {4 * ZM_MIB, ZM_MIB, 100000, 10000, 1000, 100};
    zfree(zmalloc(1));
    size_t ahead = mapped_ahead();
    limit_address_space(SPARE);
    struct heap heap = {.blocks = NULL};
    size_t before = zmalloc_used_memory(), rounds = 3, first = 0;
    for (size_t round = 0; round < rounds; round++) {
        for (size_t i = 0; i < ZM_COUNT_OF(sizes); i++)
            while (take(&heap, sizes[i])) {
            }
        ZM_EXPECT(heap.usable > SPARE / 4 && heap.usable < ahead + 2 * SPARE);
        ZM_EXPECT(zmalloc_used_memory() - before == heap.usable);
        ZM_EXPECT(round == 0 || heap.usable > first / 2); /* what was freed serves again */
        first = round == 0 ? heap.usable : first;

        struct link *block = heap.blocks; /* of 100 bytes */
        size_t usable = zmalloc_size(block);
        struct link *next = block->next;
        errno = 0;
        ZM_EXPECT(!ztryrealloc(block, 50 * ZM_MIB) && errno == ENOMEM);
        ZM_EXPECT(!ztrycalloc(50 * ZM_MIB) && !ztryaligned_alloc(4096, 50 * ZM_MIB));
        zmalloc_set_oom_handler(note);
        handled = 0;
        ZM_EXPECT(!zmalloc(50 * ZM_MIB) && !zrealloc(block, 60 * ZM_MIB));
        ZM_EXPECT(handled == 2 && handled_size == 60 * ZM_MIB);
        ZM_EXPECT(zmalloc_size(block) == usable && block->next == next);
        ZM_EXPECT(zmalloc_used_memory() - before == heap.usable);
        drop_all(&heap);
        ZM_EXPECT(zmalloc_used_memory() == before);
    }
    return 0;
}

static int die_for_lack(void *arg)
{
    (void)arg;
    zfree(zmalloc(1));
    limit_address_space(SPARE);
    for (;;)
        ZM_EXPECT(zmalloc(ZM_MIB + 7));
}

/* ---- threads that make their first call when there is nothing ---- */

enum { THREADS = 100 };

static pthread_barrier_t waiting, exhausted, tried;

struct result {
    size_t usable;
    int error;
};

static void *come_late(void *arg)
{
    struct result *result = arg;
    pthread_barrier_wait(&waiting);
    pthread_barrier_wait(&exhausted);
    errno = 0;
    void *block = ztrymalloc_usable(64, &result->usable);
    result->error = block ? 0 : errno;
    pthread_barrier_wait(&tried); /* all of them hold theirs */
    pthread_barrier_wait(&tried);
    zfree(block);
    return NULL;
}

static void *come_early(void *arg)
{
    zfree(zmalloc(64));
    pthread_barrier_wait(&tried);
    return arg;
}

/* jemalloc 5.3 dies of a thread that can't have the arena it is the first to need. */
static void make_all_arenas(void)
{
    pthread_t threads[THREADS];
    pthread_barrier_init(&tried, NULL, THREADS);
    for (size_t i = 0; i < THREADS; i++)
        ZM_EXPECT(pthread_create(&threads[i], NULL, come_early, NULL) == 0);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

static int start_threads_in_need(void *arg)
{
    (void)arg;
    pthread_t threads[THREADS];
    static struct result results[THREADS];
    pthread_attr_t attr;
    void *some[1000];
    if (zm_wanted_is("jemalloc"))
        make_all_arenas();
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, 128 << 10);
    pthread_barrier_init(&waiting, NULL, THREADS + 1);
    pthread_barrier_init(&exhausted, NULL, THREADS + 1);
    pthread_barrier_init(&tried, NULL, THREADS + 1);
    for (size_t i = 0; i < ZM_COUNT_OF(some); i++)
        some[i] = zmalloc(64);
    size_t before = zmalloc_used_memory();
    for (size_t i = 0; i < THREADS; i++)
        ZM_EXPECT(pthread_create(&threads[i], &attr, come_late, &results[i]) == 0);
    pthread_barrier_wait(&waiting);
    limit_address_space(0);
    map_the_rest();
    for (size_t i = 0; i < ZM_COUNT_OF(some); i += 2) { /* for those that can take from others */
        before -= zmalloc_size(some[i]);
        zfree(some[i]);
    }
    pthread_barrier_wait(&exhausted);
    pthread_barrier_wait(&tried);
    size_t held = 0;
    for (size_t i = 0; i < THREADS; i++) {
        ZM_EXPECT(results[i].usable ? results[i].error == 0 : results[i].error == ENOMEM);
        held += results[i].usable;
    }
    ZM_EXPECT(zmalloc_used_memory() - before == held);
    pthread_barrier_wait(&tried);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    ZM_EXPECT(zmalloc_used_memory() == before);
    return 0;
}

/* ---- a process that makes its first call when there is nothing ---- */

static int start_in_need(void *arg)
{
    (void)arg;
    limit_address_space(0);
    map_the_rest();
    errno = 0;
    void *block = ztrymalloc(100);
    ZM_EXPECT(block || errno == ENOMEM);
    zfree(block);
    ZM_EXPECT(zmalloc_used_memory() == 0);
    return 0;
}

/* ---- */

/* The caller is told by NULL; the program's stderr is the program's. */
static void run_in_silence(int (*body)(void *arg))
{
    struct zm_child child = zm_run_child(body, NULL, ZM_TIMEOUT);
    zm_assert_child_ok(&child);
    bool talks = zm_wanted_is("tcmalloc") || zm_wanted_is("tcmalloc_minimal");
    if (!talks || zm_module_is(zm_wanted_backend())) /* ours doesn't, the system's own does */
        assert_string_equal(child.err, "");
}

static void memory_runs_out(void **state)
{
    (void)state;
    run_in_silence(use_it_up);
}

static void default_handler_ends_the_process(void **state)
{
    (void)state;
    struct zm_child child = zm_run_child(die_for_lack, NULL, ZM_TIMEOUT);
    assert_true(WIFSIGNALED(child.status));
    assert_int_equal(WTERMSIG(child.status), SIGABRT);
    assert_non_null(strstr(child.err, "1048583"));
}

static void threads_start_in_need(void **state)
{
    (void)state;
    run_in_silence(start_threads_in_need);
}

/* Either there is an answer, or the allocator says that it can't start. */
static void the_process_starts_in_need(void **state)
{
    (void)state;
    if (zm_wanted_is("jemalloc")) {
        print_message("skipped: jemalloc 5.3 writes to the page that it could not map\n");
        skip();
    }
    struct zm_child child = zm_run_child(start_in_need, NULL, ZM_TIMEOUT);
    if (WIFSIGNALED(child.status) && WTERMSIG(child.status) == SIGABRT)
        assert_true(child.err[0]);
    else
        zm_assert_child_ok(&child);
}

int main(void)
{
    if (ZM_SANITIZER) {
        puts("skipped: a sanitizer takes more address space than there is, limited or not");
        return 77;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_process_starts_in_need), /* first: nothing is chosen yet */
        cmocka_unit_test(memory_runs_out),
        cmocka_unit_test(default_handler_ends_the_process),
        cmocka_unit_test(threads_start_in_need),
    };
    return cmocka_run_group_tests_name("oom", tests, NULL, NULL);
}
