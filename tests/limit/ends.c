/* Limits and ends: of threads that are cancelled, of a reclaim that is left, on stacks of its own.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <time.h>
#ifdef __GLIBC__
#    include <ucontext.h>
#endif

#include "limit.h"

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
    for (int i = 0; i < 1000 + (unwritten[0] & 1); i++)
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

static void prepare(ucontext_t *context, char *stack, void (*body)(void), ucontext_t *next)
{
    getcontext(context);
    context->uc_stack.ss_sp = stack;
    context->uc_stack.ss_size = sizeof stacks[0];
    context->uc_link = next;
    makecontext(context, body, 0);
}

/* The reclaim of one stack switches to another, which lies above it and allocates. */
static int on_two_stacks(void *arg)
{
    (void)arg;
    set(ZMALLOC_LIMIT_USED, HARD, allocate_above);
    prepare(&below, stacks[0], refused, &program);
    prepare(&above, stacks[1], refused, &in_reclaim);
    swapcontext(&program, &below);
    ZM_EXPECT(deepest > 0 && zmalloc_set_limit(NULL) == 0);
    return 0;
}

static char *two_stacks;
static int left_above;

static size_t leave_above(size_t wanted, void *arg)
{
    (void)wanted, (void)arg;
    if (++left_above == 1)
        setcontext(&below);
    return 0;
}

static void lose_stack_above(void)
{
    prepare(&above, two_stacks + sizeof stacks[0], refused, NULL);
    swapcontext(&below, &above);
    ZM_EXPECT(left_above == 1 && munmap(two_stacks + sizeof stacks[0], sizeof stacks[0]) == 0);
    refused();
    ZM_EXPECT(left_above == 2);
}

/* A reclaim was left, and the stack that it was called on is gone. */
static int on_lost_stack(void *arg)
{
    (void)arg;
    two_stacks =
        mmap(NULL, sizeof stacks, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ZM_EXPECT(two_stacks != MAP_FAILED);
    set(ZMALLOC_LIMIT_USED, HARD, leave_above);
    prepare(&below, two_stacks, lose_stack_above, &program);
    swapcontext(&program, &below);
    ZM_EXPECT(left_above == 2 && zmalloc_set_limit(NULL) == 0);
    return 0;
}
#endif

IN_CHILD(cancelled_at_its_end, false)
/* A sanitizer watches one stack, and has its own opinion of what lies there. */
#ifdef ZM_UNWIND
IN_CHILD(left_and_gone_deeper, ZM_SANITIZER)
#endif
#ifdef __GLIBC__
IN_CHILD(on_two_stacks, ZM_SANITIZER)
IN_CHILD(on_lost_stack, ZM_SANITIZER)
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cancelled_at_its_end),
#ifdef ZM_UNWIND
        cmocka_unit_test(test_left_and_gone_deeper),
#endif
#ifdef __GLIBC__
        cmocka_unit_test(test_on_two_stacks),
        cmocka_unit_test(test_on_lost_stack),
#endif
    };
    return cmocka_run_group_tests_name("limit at ends", tests, NULL, NULL);
}
