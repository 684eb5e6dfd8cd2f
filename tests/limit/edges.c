/* Limits at odd moments: forks, failures below, memory that is given back.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../core/threads.h"
#include "limit.h"

static size_t nothing(size_t wanted, void *arg)
{
    (void)wanted, (void)arg;
    return 0;
}

/* ---- resident memory ---- */

/* What is freed again is not resident twice, however much it is in a millisecond. */
static int churn_is_no_growth(void *arg)
{
    (void)arg;
    set(ZMALLOC_LIMIT_RSS, zmalloc_get_rss() + 64 * ZM_MIB, NULL);
    for (int i = 0; i < 2000; i++) {
        char *block = ztrymalloc(ZM_MIB);
        ZM_EXPECT(block);
        block[i] = 1;
        zfree(block);
    }
    return 0;
}

static void *held[2048];
static size_t held_count;

static size_t give_last(size_t wanted, void *arg)
{
    (void)arg;
    size_t freed = 0;
    while (held_count && freed < wanted) {
        freed += zmalloc_size(held[--held_count]);
        zfree(held[held_count]);
    }
    return freed;
}

/* What a reclaim frees is not resident any more when the allocation is tried again. */
static int reclaimed_is_not_resident(void *arg)
{
    (void)arg;
    enum { BLOCK = 65536 };
    set(ZMALLOC_LIMIT_RSS, zmalloc_get_rss() + 64 * ZM_MIB, give_last);
    for (int i = 0; i < 4000; i++) {
        char *block = ztrymalloc(BLOCK);
        ZM_EXPECT(block);
        memset(block, 1, BLOCK);
        ZM_EXPECT(held_count < ZM_COUNT_OF(held));
        held[held_count++] = block;
    }
    return 0;
}

/* ---- what is counted ---- */

static void hold_a_slot(void *until, unsigned number)
{
    (void)number;
    zfree(zmalloc(1));
    pthread_mutex_lock(until);
    pthread_mutex_unlock(until);
}

static atomic_int holders;

static void take_most(void *arg, unsigned number)
{
    (void)arg, (void)number;
    time_t end = time(NULL) + 3;
    while (time(NULL) < end) {
        void *block = ztrymalloc(40 * ZM_MIB);
        if (!block)
            continue;
        ZM_EXPECT(atomic_fetch_add(&holders, 1) == 0);
        for (volatile int wait = 0; wait < 20000;)
            wait = wait + 1;
        atomic_fetch_sub(&holders, 1);
        zfree(block);
    }
}

/* A block that is counted while another thread asks: that takes long where there are many threads.
 */
static int no_block_is_missed(void *arg)
{
    (void)arg;
    pthread_mutex_t until = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&until);
    struct zm_crew *many = zm_crew_start(1000, hold_a_slot, &until);
    struct zmalloc_stats stats = {.struct_size = sizeof stats};
    while (zmalloc_get_stats(&stats) == 0 && stats.threads < 1000)
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    set(ZMALLOC_LIMIT_USED, 60 * ZM_MIB, NULL);
    zm_crew_join(zm_crew_start(4, take_most, NULL));
    pthread_mutex_unlock(&until);
    zm_crew_join(many);
    return 0;
}

/* What was allowed for a block that grows is not left over when it can't. */
static int failed_growth_leaves_no_allowance(void *arg)
{
    (void)arg;
    set(ZMALLOC_LIMIT_USED, 100 * ZM_MIB, NULL);
    void *block = ztrymalloc(60 * ZM_MIB);
    struct rlimit usual, none;
    ZM_EXPECT(block && getrlimit(RLIMIT_AS, &usual) == 0);
    none = usual;
    none.rlim_cur = 1;
    ZM_EXPECT(setrlimit(RLIMIT_AS, &none) == 0);
    ZM_EXPECT(!ztryrealloc(block, 95 * ZM_MIB));
    ZM_EXPECT(setrlimit(RLIMIT_AS, &usual) == 0);
    ZM_EXPECT(!ztrymalloc(80 * ZM_MIB));
    return 0;
}

static jmp_buf before_growth;
static atomic_int called;

static size_t leave_once(size_t wanted, void *arg)
{
    (void)wanted, (void)arg;
    if (atomic_fetch_add(&called, 1) == 0)
        longjmp(before_growth, 1);
    return 0;
}

static void take_the_rest(void *arg, unsigned number)
{
    (void)arg, (void)number;
    ZM_EXPECT(ztrymalloc(80 * ZM_MIB));
}

/* Nor what was to be allowed when a reclaim for the soft limit was left. */
static int left_growth_leaves_no_allowance(void *arg)
{
    (void)arg;
    struct zmalloc_limit limit = {.struct_size = sizeof limit,
                                  .soft = 10 * ZM_MIB,
                                  .hard = 100 * ZM_MIB,
                                  .reclaim = leave_once};
    ZM_EXPECT(zmalloc_set_limit(&limit) == 0);
    void *volatile block = ztrymalloc(5 * ZM_MIB);
    if (setjmp(before_growth) == 0) {
        (void)!ztryrealloc(block, 90 * ZM_MIB);
        ZM_EXPECT(!"came back");
    }
    zm_crew_join(zm_crew_start(1, take_the_rest, NULL));
    ZM_EXPECT(called == 2 && !ztrymalloc(80 * ZM_MIB));
    return 0;
}

/* ---- forks ---- */

static atomic_bool stop;

static void *ask_for_too_much(void *arg)
{
    while (!atomic_load(&stop))
        zfree(ztrymalloc(2 * HARD));
    return arg;
}

static void *set_again_and_again(void *arg)
{
    while (!atomic_load(&stop)) {
        set(ZMALLOC_LIMIT_USED, HARD, nothing);
        ZM_EXPECT(zmalloc_set_limit(NULL) == 0);
    }
    return arg;
}

/* Forks while two threads are at it; each child must end well. */
static void fork_beside(void *(*body)(void *), int (*child)(void))
{
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        ZM_EXPECT(pthread_create(&threads[i], NULL, body, NULL) == 0);
    for (int i = 0; i < (ZM_SANITIZER ? 50 : 300); i++) {
        int status;
        pid_t pid = fork();
        if (pid == 0) {
            alarm(20);
            _exit(child());
        }
        ZM_EXPECT(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0);
    }
    atomic_store(&stop, true);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
}

static int reclaims_too(void)
{
    ZM_EXPECT(!ztrymalloc(2 * HARD));
    ZM_EXPECT(zmalloc_set_limit(NULL) == 0); /* nobody is in a reclaim here */
    return 0;
}

static int fork_while_others_reclaim(void *arg)
{
    (void)arg;
    set(ZMALLOC_LIMIT_USED, HARD, nothing);
    fork_beside(ask_for_too_much, reclaims_too);
    return 0;
}

/* All functions ask, or none. */
static int limit_is_whole(void)
{
    struct zmalloc_limit_state state = {.struct_size = sizeof state};
    ZM_EXPECT(zmalloc_get_limit(&state) == 0);
    bool refuses = state.hard != 0;
    void *blocks[] = {ztrymalloc(2 * HARD), ztrycalloc(2 * HARD), ztryrealloc(NULL, 2 * HARD),
                      ztrymalloc_usable(2 * HARD, &(size_t){0})};
    for (size_t i = 0; i < ZM_COUNT_OF(blocks); i++) {
        ZM_EXPECT(refuses == !blocks[i]);
        zfree(blocks[i]);
    }
    set(ZMALLOC_LIMIT_USED, HARD, NULL);
    ZM_EXPECT(!ztrymalloc(2 * HARD));
    return 0;
}

static int fork_while_others_set(void *arg)
{
    (void)arg;
    fork_beside(set_again_and_again, limit_is_whole);
    return 0;
}

static size_t handled;

static void note_oom(size_t size)
{
    handled = size;
}

/* What is told of a block goes through the limit as the block does; of a refused one it is 0. */
static int usable_is_told(void *arg)
{
    (void)arg;
    set(ZMALLOC_LIMIT_USED, HARD, nothing);
    zmalloc_set_oom_handler(note_oom);
    for (size_t size = 0; size < 100000; size = size * 2 + 1) {
        size_t told = 77, tried = 77;
        void *block = zmalloc_usable(size, &told), *other = ztrymalloc_usable(size, &tried);
        ZM_EXPECT(block && told >= size && told == zmalloc_size(block));
        ZM_EXPECT(other && tried >= size && tried == zmalloc_size(other));
        zfree(block);
        zfree(other);
    }
    size_t told = 77;
    ZM_EXPECT(!ztrymalloc_usable(2 * HARD, &told) && told == 0 && handled == 0);
    told = 77;
    ZM_EXPECT(!zmalloc_usable(2 * HARD, &told) && told == 0 && handled == 2 * HARD);
    ZM_EXPECT(!ztrymalloc_usable(2 * HARD, NULL));
    return 0;
}

/* A sanitizer's shadow is resident too, and wants room of its own. An allocator that can't be told
 * to purge keeps what was freed. */
IN_CHILD(churn_is_no_growth, ZM_SANITIZER)
IN_CHILD(reclaimed_is_not_resident, ZM_SANITIZER || zmalloc_purge() == -ENOTSUP)
IN_CHILD(no_block_is_missed, ZM_SANITIZER)
IN_CHILD(failed_growth_leaves_no_allowance, ZM_SANITIZER)
IN_CHILD(left_growth_leaves_no_allowance, false)
IN_CHILD(fork_while_others_reclaim, false)
IN_CHILD(fork_while_others_set, false)
IN_CHILD(usable_is_told, false)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_churn_is_no_growth),
        cmocka_unit_test(test_reclaimed_is_not_resident),
        cmocka_unit_test(test_no_block_is_missed),
        cmocka_unit_test(test_failed_growth_leaves_no_allowance),
        cmocka_unit_test(test_left_growth_leaves_no_allowance),
        cmocka_unit_test(test_fork_while_others_reclaim),
        cmocka_unit_test(test_fork_while_others_set),
        cmocka_unit_test(test_usable_is_told),
    };
    return cmocka_run_group_tests_name("limit at odd moments", tests, NULL, NULL);
}
