/* Threads that steer and ask without ever having allocated, as a maintenance thread does: the
 * answers are those that any other thread gets. In a process for each test, whose first call it
 * then is.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>
#include <zmalloc.h>

#include "child.h"
#include "test.h"
#include "threads.h"

/* ---- what can be asked and told ---- */

static int purge(void *block)
{
    (void)block;
    return zmalloc_purge();
}

static int flush(void *block)
{
    (void)block;
    return zmalloc_flush_thread_cache();
}

static int set_background(void *block)
{
    (void)block;
    return zmalloc_set_background_purge(0);
}

static int get_background(void *block)
{
    int on = 77;
    (void)block;
    return zmalloc_get_background_purge(&on);
}

static int set_decay(void *block)
{
    (void)block;
    return zmalloc_set_decay(ZMALLOC_DECAY_DIRTY, 5000);
}

static int get_decay(void *block)
{
    int64_t ms = 77;
    (void)block;
    return zmalloc_get_decay(ZMALLOC_DECAY_DIRTY, &ms);
}

static int arena_create(void *block)
{
    uint32_t arena = 0;
    (void)block;
    int status = zmalloc_arena_create(&arena);
    return status ? status : zmalloc_arena_destroy(arena);
}

static int arena_assign(void *block)
{
    uint32_t arena = 77;
    (void)block;
    int status = zmalloc_arena_assigned(&arena);
    return status ? status : zmalloc_arena_assign(arena);
}

static int arena_info(void *block)
{
    struct zmalloc_allocator_info info = {.struct_size = sizeof info};
    (void)block;
    return zmalloc_arena_info(0, 1, &info);
}

static int info(void *block)
{
    struct zmalloc_allocator_info info = {.struct_size = sizeof info};
    (void)block;
    int status = zmalloc_allocator_info(1, &info);
    return status == -ENOTSUP && info.has == ZMALLOC_ALLOCATOR_USED ? 0 : status;
}

static int ratios(void *block)
{
    struct zmalloc_ratios all = {.struct_size = sizeof all};
    (void)block;
    int status = zmalloc_get_ratios(1, &all); /* of nothing there are none */
    return status == -ENOTSUP && !all.has && !zmalloc_used_memory() ? 0 : status;
}

static int hint(void *block)
{
    struct zmalloc_defrag_hint found = {.struct_size = sizeof found};
    int status = zmalloc_get_defrag_hint(block, &found);
    return status == -ENODATA ? 0 : status;
}

static int advise(void *block)
{
    int64_t done = zmalloc_advise(block, ZMALLOC_ADVISE_DODUMP);
    return done < 0 ? (int)done : 0;
}

static int stats(void *block)
{
    struct zmalloc_stats all = {.struct_size = sizeof all};
    (void)block;
    return zmalloc_get_stats(&all);
}

static const struct question {
    const char *name;
    int (*ask)(void *block);
    uint32_t cap; /* without it the answer is -ENOTSUP; 0: there is none */
} questions[] = {
    {"purge", purge, ZMALLOC_CAP_PURGE},
    {"flush", flush, ZMALLOC_CAP_CACHE_FLUSH},
    {"set_background_purge", set_background, ZMALLOC_CAP_BACKGROUND_PURGE},
    {"get_background_purge", get_background, ZMALLOC_CAP_BACKGROUND_PURGE},
    {"set_decay", set_decay, ZMALLOC_CAP_DECAY},
    {"get_decay", get_decay, ZMALLOC_CAP_DECAY},
    {"arena_create", arena_create, ZMALLOC_CAP_ARENAS},
    {"arena_assign", arena_assign, ZMALLOC_CAP_ARENAS},
    {"arena_info", arena_info, ZMALLOC_CAP_ARENA_STATS},
    {"allocator_info", info, 0},
    {"ratios", ratios, 0},
    {"get_defrag_hint", hint, ZMALLOC_CAP_DEFRAG},
    {"advise", advise, ZMALLOC_CAP_ADVISE},
    {"get_stats", stats, 0},
};

static uint32_t caps(void)
{
    struct zmalloc_backend_info backend;
    for (size_t i = 0; i < zmalloc_backend_count(); i++) {
        backend = (struct zmalloc_backend_info){.struct_size = sizeof backend};
        if (zmalloc_backend_describe(i, &backend) == 0 && backend.is_running)
            return backend.caps;
    }
    return 0;
}

static bool can(uint32_t cap)
{
    return !cap || caps() & cap;
}

static bool is_right(const struct question *question, int answer)
{
    bool right = answer == (can(question->cap) ? 0 : -ENOTSUP);
    if (!right)
        fprintf(stderr, "%s: %d\n", question->name, answer);
    return right;
}

static void in_children(int (*body)(void *question))
{
    for (size_t i = 0; i < ZM_COUNT_OF(questions); i++) {
        struct zm_child child = zm_run_child(body, (void *)(uintptr_t)&questions[i], ZM_TIMEOUT);
        zm_assert_child_ok(&child);
    }
}

/* ---- the first call of a process ---- */

static int asked_first(void *arg)
{
    const struct question *question = arg;
    if (question->ask == hint)
        return 0; /* which needs a block */
    ZM_EXPECT(is_right(question, question->ask(NULL)));
    ZM_EXPECT(zmalloc_used_memory() == 0);
    void *block = zmalloc(100);
    ZM_EXPECT(block && zmalloc_used_memory() == zmalloc_size(block));
    zfree(block);
    ZM_EXPECT(zmalloc_used_memory() == 0);
    return 0;
}

static void first_call_of_a_process(void **state)
{
    (void)state;
    in_children(asked_first);
}

/* ---- the first call of a thread ---- */

static char *held;
static int answer;

static void ask(void *arg, unsigned number)
{
    const struct question *question = arg;
    (void)number;
    answer = question->ask(held);
}

static int asked_by_a_thread(void *arg)
{
    held = memset(zmalloc(5000), 'x', 5000);
    size_t used = zmalloc_used_memory();
    zm_crew_join(zm_crew_start(1, ask, arg));
    ZM_EXPECT(is_right(arg, answer));
    ZM_EXPECT(zmalloc_used_memory() == used);
    ZM_EXPECT(held[0] == 'x' && memcmp(held, held + 1, 4999) == 0);
    zfree(held);
    ZM_EXPECT(zmalloc_used_memory() == 0);
    return 0;
}

static void first_call_of_a_thread(void **state)
{
    (void)state;
    in_children(asked_by_a_thread);
}

/* ---- purge by a thread that has nothing of its own ---- */

static void *blocks[3000];

static void fill(void *arg, unsigned number)
{
    (void)arg, (void)number;
    for (size_t i = 0; i < ZM_COUNT_OF(blocks); i++) {
        size_t size = i & 1 ? 128 * 1024 : 512;
        blocks[i] = memset(zmalloc(size), 1, size);
    }
}

static void drain(void *arg, unsigned number)
{
    (void)arg, (void)number;
    for (size_t i = 0; i < ZM_COUNT_OF(blocks); i++)
        zfree(blocks[i]);
}

static void purge_in_a_thread(void *arg, unsigned number)
{
    (void)arg, (void)number;
    answer = zmalloc_purge();
}

/* 188 MiB are filled by one thread and freed by another; neither purges, and both have ended. */
static int purged(void *by_main)
{
    size_t before = zmalloc_get_rss();
    zm_crew_join(zm_crew_start(1, fill, NULL));
    ZM_EXPECT(zmalloc_get_rss() > before + 150 * ZM_MIB);
    zm_crew_join(zm_crew_start(1, drain, NULL));
    if (by_main)
        answer = zmalloc_purge();
    else
        zm_crew_join(zm_crew_start(1, purge_in_a_thread, NULL));
    ZM_EXPECT(is_right(&questions[0], answer));
    if (can(ZMALLOC_CAP_PURGE) && !ZM_SANITIZER)
        ZM_EXPECT(zmalloc_get_rss() < before + 32 * ZM_MIB);
    ZM_EXPECT(zmalloc_used_memory() == 0);
    return 0;
}

static void purge_by_an_idle_thread(void **state)
{
    (void)state;
    for (int by_main = 0; by_main < 2; by_main++) {
        struct zm_child child = zm_run_child(purged, by_main ? "" : NULL, ZM_TIMEOUT);
        zm_assert_child_ok(&child);
    }
}

/* ---- without memory ---- */

static sem_t memory_is_gone;

static void ask_without_memory(void *arg, unsigned number)
{
    while (sem_wait(&memory_is_gone) != 0) {
    }
    ask(arg, number);
}

static void take_all_memory(void)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), pages = 0;
    FILE *statm = fopen("/proc/self/statm", "r");
    ZM_EXPECT(statm && fscanf(statm, "%zu", &pages) == 1);
    fclose(statm);
    ZM_EXPECT(setrlimit(RLIMIT_AS, &(struct rlimit){pages * page, pages * page}) == 0);
    while (mmap(NULL, page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED) {
    }
}

/* The answer may be that there is no memory: but there is one. */
static int asked_without_memory(void *arg)
{
    held = zmalloc(5000);
    ZM_EXPECT(held && sem_init(&memory_is_gone, 0, 0) == 0);
    struct zm_crew *crew = zm_crew_start(1, ask_without_memory, arg);
    take_all_memory();
    sem_post(&memory_is_gone);
    zm_crew_join(crew);
    ZM_EXPECT(answer <= 0);
    return 0;
}

static void nothing_breaks_without_memory(void **state)
{
    (void)state;
    if (ZM_SANITIZER)
        skip(); /* it needs much more memory than there is then */
    if (zm_wanted_is("jemalloc"))
        skip(); /* a known limit of jemalloc's: docs/backends.md */
    in_children(asked_without_memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_call_of_a_process),
        cmocka_unit_test(first_call_of_a_thread),
        cmocka_unit_test(purge_by_an_idle_thread),
        cmocka_unit_test(nothing_breaks_without_memory),
    };
    return cmocka_run_group_tests_name("idle", tests, NULL, NULL);
}
