/* Forks from a busy process: the child's account goes on, and nothing hangs.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <zmalloc.h>

#include "account.h"
#include "tests/core/child.h"
#include "tests/core/churn.h"
#include "tests/core/test.h"
#include "tests/core/threads.h"

enum { THREADS = 8, FORKS = ZM_SLOW ? 12 : 120, ROUNDS_IN_CHILD = 300 };

static atomic_bool busy;

/* Every operation is counted, and what the parent's threads have left can be freed. */
static void use_in_child(void)
{
    size_t before = zmalloc_used_memory(), usable;
    void *blocks[ROUNDS_IN_CHILD];
    size_t held = 0;
    for (unsigned i = 0; i < ROUNDS_IN_CHILD; i++) {
        blocks[i] = zmalloc_usable(1 + i * 37 % 9000, &usable);
        ZM_EXPECT(blocks[i]);
        held += usable;
        ZM_EXPECT(i % 16 || zmalloc_used_memory() - before == held);
    }
    for (unsigned i = 0; i < ROUNDS_IN_CHILD; i++)
        zfree(blocks[i]);
    ZM_EXPECT(zmalloc_used_memory() == before);
    size_t letters = zm_churn_held();
    zm_churn_end();
    ZM_EXPECT(before - zmalloc_used_memory() == letters);
    ZM_EXPECT(zm_account_now().threads == 1);
}

static int live_in_child(void *arg)
{
    unsigned generations = *(unsigned *)arg;
    size_t parents = zmalloc_used_memory();
    ZM_EXPECT(zm_account_now().peak_bytes >= parents);
    if (generations > 0) {
        pid_t pid = fork();
        ZM_EXPECT(pid >= 0);
        if (pid == 0) {
            alarm(ZM_TIMEOUT);
            ZM_EXPECT(zmalloc_used_memory() == parents); /* one thread: nothing is in flight */
            _exit(live_in_child(&(unsigned){generations - 1}));
        }
        int status;
        ZM_EXPECT(waitpid(pid, &status, 0) == pid);
        ZM_EXPECT(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    use_in_child();
    return 0;
}

static void fork_and_fork(void)
{
    for (unsigned i = 0; i < FORKS; i++) {
        unsigned generations = i % 10 ? 0 : 2;
        struct zm_child child = zm_run_child(live_in_child, &generations, ZM_TIMEOUT);
        zm_assert_child_ok(&child);
        zfree(zmalloc(i));
    }
}

/* ---- a process at rest ---- */

static int find_figures_of_parent(void *arg)
{
    struct zmalloc_stats now = zm_account_now(), *before = arg;
    ZM_EXPECT(now.used_bytes == before->used_bytes);
    ZM_EXPECT(now.peak_bytes == before->peak_bytes);
    ZM_EXPECT(now.allocated_bytes == before->allocated_bytes);
    ZM_EXPECT(now.freed_bytes == before->freed_bytes);
    ZM_EXPECT(now.allocs == before->allocs && now.frees == before->frees);
    return live_in_child(&(unsigned){1});
}

static void child_counts_on(void **state)
{
    (void)state;
    zm_churn(1, 1000);
    struct zmalloc_stats before = zm_account_now();
    struct zm_child child = zm_run_child(find_figures_of_parent, &before, ZM_TIMEOUT);
    zm_assert_child_ok(&child);
    struct zmalloc_stats after = zm_account_now(); /* the child's doings are its own */
    assert_int_equal(after.used_bytes, before.used_bytes);
    assert_int_equal(after.allocs, before.allocs);
    zm_churn_end();
}

/* ---- a busy one ---- */

/* ASan's allocator does not survive in a child that is forked while another thread is inside of it:
 * its lock stays taken. Only with a sanitizer, a fork waits until all are outside. */
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER; /* so that a fork gets its turn */
static pthread_rwlock_t inside = PTHREAD_RWLOCK_INITIALIZER;

static void shut(void)
{
    pthread_mutex_lock(&gate);
    pthread_rwlock_wrlock(&inside);
}

static void open_again(void)
{
    pthread_rwlock_unlock(&inside);
    pthread_mutex_unlock(&gate);
}

/* In the child: its thread is not the one that glibc's rwlock says has it. */
static void make_anew(void)
{
    pthread_rwlock_init(&inside, NULL);
    pthread_mutex_init(&gate, NULL);
}

static void enter(void)
{
    if (ZM_SANITIZER) {
        pthread_mutex_lock(&gate);
        pthread_rwlock_rdlock(&inside);
        pthread_mutex_unlock(&gate);
    }
}

static void leave(void)
{
    if (ZM_SANITIZER)
        pthread_rwlock_unlock(&inside);
}

static void keep_busy(void *arg, unsigned number)
{
    (void)arg;
    struct timespec breath = {.tv_nsec =
                                  50000}; /* lest the children get no turn on a small machine */
    for (uint64_t seed = number + 1; atomic_load(&busy); seed += THREADS) {
        enter();
        zm_churn(seed, 100);
        leave();
        nanosleep(&breath, NULL);
    }
}

static void from_busy_threads(void **state)
{
    (void)state;
    size_t before = zmalloc_used_memory();
    atomic_store(&busy, true);
    struct zm_crew *crew = zm_crew_start(THREADS, keep_busy, NULL);
    fork_and_fork();
    atomic_store(&busy, false);
    zm_crew_join(crew);
    zm_churn_end();
    assert_int_equal(zmalloc_used_memory(), before);
}

static void live_shortly(void *arg, unsigned number)
{
    (void)arg;
    zm_churn(number + 1, 20);
}

static void come_and_go(void *arg, unsigned number)
{
    (void)number;
    while (atomic_load(&busy)) {
        enter();
        zm_crew_join(zm_crew_start(4, live_shortly, arg));
        leave();
    }
}

static void while_threads_come_and_go(void **state)
{
    (void)state;
    if (ZM_EMULATOR) /* one forked while it makes threads may wait for a lock of its own for ever */
        skip();
    struct zmalloc_stats before = zm_account_now();
    atomic_store(&busy, true);
    struct zm_crew *crew = zm_crew_start(2, come_and_go, NULL);
    fork_and_fork();
    atomic_store(&busy, false);
    zm_crew_join(crew);
    zm_churn_end();
    struct zmalloc_stats after = zm_account_now();
    assert_int_equal(after.used_bytes, before.used_bytes);
    assert_int_equal(after.threads, before.threads);
}

int zm_account_forks(void)
{
    if (ZM_SANITIZER)
        pthread_atfork(shut, open_again, make_anew);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(child_counts_on),
        cmocka_unit_test(from_busy_threads),
        cmocka_unit_test(while_threads_come_and_go),
    };
    return cmocka_run_group_tests_name("forks", tests, NULL, NULL);
}
