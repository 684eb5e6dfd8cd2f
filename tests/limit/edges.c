/* Limits at odd moments: forks, ends of threads, failures below, memory that is given back.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#ifdef __GLIBC__
#    include <ucontext.h>
#endif
#include <zmalloc.h>

#include "../core/child.h"
#include "../core/test.h"
#include "../core/threads.h"

#define HARD (8 * ZM_MIB)

static void set(uint32_t of, uint64_t hard, size_t (*reclaim)(size_t, void *))
{
    struct zmalloc_limit limit = {
        .struct_size = sizeof limit, .of = of, .hard = hard, .reclaim = reclaim};
    ZM_EXPECT(zmalloc_set_limit(&limit) == 0);
}

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
    for (int i = 0; i < 10000; i++) {
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

/* ---- ends of threads ---- */

static sigjmp_buf before_reading;
static atomic_int jumps;
enum { JUMPS = 40 };

static void jump(int sig)
{
    (void)sig;
    atomic_fetch_add(&jumps, 1);
    siglongjmp(before_reading, 1);
}

static void *interrupt(void *reader)
{
    while (jumps < JUMPS) {
        nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
        pthread_kill(*(const pthread_t *)reader, SIGUSR1);
    }
    return NULL;
}

/* Some of these readers have not ended, so that a thread that ends waits for them. */
static void leave_readers(void)
{
    static pthread_t self, thread; /* a jump would leave others as they were, or not */
    self = pthread_self();
    signal(SIGUSR1, jump);
    if (sigsetjmp(before_reading, 1) == 0)
        ZM_EXPECT(pthread_create(&thread, NULL, interrupt, &self) == 0);
    while (jumps < JUMPS)
        (void)zmalloc_used_memory();
    signal(SIGUSR1, SIG_IGN);
    pthread_join(thread, NULL);
}

static pthread_barrier_t at_work, cancelled;

static void *end_cancelled(void *arg)
{
    int before;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
    zfree(zmalloc(1));
    pthread_barrier_wait(&at_work);
    pthread_barrier_wait(&cancelled);
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &before);
    return arg;
}

/* The account's waiting is no cancellation point: it would end with its lock. */
static int cancelled_at_its_end(void *arg)
{
    (void)arg;
    leave_readers();
    pthread_barrier_init(&at_work, NULL, 2);
    pthread_barrier_init(&cancelled, NULL, 2);
    for (int i = 0; i < 3; i++) {
        pthread_t thread;
        void *result;
        ZM_EXPECT(pthread_create(&thread, NULL, end_cancelled, NULL) == 0);
        pthread_barrier_wait(&at_work);
        pthread_cancel(thread);
        pthread_barrier_wait(&cancelled);
        ZM_EXPECT(pthread_join(thread, &result) == 0 && result != PTHREAD_CANCELED);
    }
    return 0;
}

/* ---- a reclaim that was left ---- */

#ifdef ZM_UNWIND
static jmp_buf before_asking;
static atomic_int left;

static size_t leave(size_t wanted, void *arg)
{
    (void)wanted, (void)arg;
    atomic_fetch_add(&left, 1);
    longjmp(before_asking, 1);
}

static __attribute__((noinline)) void allocate_deeper(void)
{
    volatile char unwritten[65536]; /* what lay here before still does */
    unwritten[0] = 0;
    for (int i = 0; i < 1000; i++)
        (void)!ztrymalloc(ZM_MIB / 16);
}

/* Whoever never comes back to where it was called from is under the limit too. */
static int left_and_gone_deeper(void *arg)
{
    (void)arg;
    set(ZMALLOC_LIMIT_USED, HARD, leave);
    if (setjmp(before_asking) == 0)
        for (;;)
            (void)!ztrymalloc(ZM_MIB);
    if (atomic_load(&left) < 3)
        allocate_deeper();
    ZM_EXPECT(atomic_load(&left) == 3 && zmalloc_used_memory() <= HARD + ZM_MIB / 2);
    return 0;
}
#endif

/* ---- stacks of the program's own ---- */

#ifdef __GLIBC__
static char stacks[2][65536];
static ucontext_t program, below, above, in_reclaim;
static int depth, deepest;

static void refused(void)
{
    ZM_EXPECT(!ztrymalloc(2 * HARD));
}

static size_t allocate_above(size_t wanted, void *arg)
{
    (void)wanted, (void)arg;
    deepest = ++depth > deepest ? depth : deepest;
    if (depth == 1)
        swapcontext(&in_reclaim, &above);
    depth--;
    return 0;
}

static void prepare(ucontext_t *context, char *stack, ucontext_t *next)
{
    getcontext(context);
    context->uc_stack.ss_sp = stack;
    context->uc_stack.ss_size = sizeof stacks[0];
    context->uc_link = next;
    makecontext(context, refused, 0);
}

/* The reclaim of one stack switches to another, which lies above it and allocates. */
static int on_two_stacks(void *arg)
{
    (void)arg;
    set(ZMALLOC_LIMIT_USED, HARD, allocate_above);
    prepare(&below, stacks[0], &program);
    prepare(&above, stacks[1], &in_reclaim);
    swapcontext(&program, &below);
    ZM_EXPECT(deepest > 0 && zmalloc_set_limit(NULL) == 0);
    return 0;
}
#endif

#define IN_CHILD(name, skipped)                                       \
    static void test_##name(void **state)                             \
    {                                                                 \
        (void)state;                                                  \
        if (skipped)                                                  \
            skip();                                                   \
        struct zm_child child = zm_run_child(name, NULL, ZM_TIMEOUT); \
        zm_assert_child_ok(&child);                                   \
    }
/* A sanitizer's shadow is resident too, wants room of its own, and watches one stack. */
IN_CHILD(churn_is_no_growth, ZM_SANITIZER)
IN_CHILD(reclaimed_is_not_resident, ZM_SANITIZER)
IN_CHILD(no_block_is_missed, ZM_SANITIZER)
IN_CHILD(failed_growth_leaves_no_allowance, ZM_SANITIZER)
IN_CHILD(fork_while_others_reclaim, false)
IN_CHILD(fork_while_others_set, false)
IN_CHILD(cancelled_at_its_end, false)
#ifdef ZM_UNWIND
IN_CHILD(left_and_gone_deeper, ZM_SANITIZER)
#endif
#ifdef __GLIBC__
IN_CHILD(on_two_stacks, ZM_SANITIZER)
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_churn_is_no_growth),
        cmocka_unit_test(test_reclaimed_is_not_resident),
        cmocka_unit_test(test_no_block_is_missed),
        cmocka_unit_test(test_failed_growth_leaves_no_allowance),
        cmocka_unit_test(test_fork_while_others_reclaim),
        cmocka_unit_test(test_fork_while_others_set),
        cmocka_unit_test(test_cancelled_at_its_end),
#ifdef ZM_UNWIND
        cmocka_unit_test(test_left_and_gone_deeper),
#endif
#ifdef __GLIBC__
        cmocka_unit_test(test_on_two_stacks),
#endif
    };
    return cmocka_run_group_tests_name("limit at odd moments", tests, NULL, NULL);
}
