/* A signal handler that interrupts zmalloc_used_memory, and jumps out of it or forks in it. Threads
 * must still come to their end, in every process.
 *
 * usage: signal_reader jump|fork
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "torture.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/time.h>

enum { THREADS = 50, TIMES = 200 };

static pthread_barrier_t together;
static sigjmp_buf back;
static bool jumps;
static volatile bool interrupted;
static volatile pid_t child;

static void interrupt_reader(int number)
{
    (void)number;
    if (jumps)
        siglongjmp(back, 1);
    child = fork();
    interrupted = true;
}

static void *allocate(void *arg)
{
    zm_give(zm_take(100));
    pthread_barrier_wait(&together);
    return arg;
}

/* At once, so that each has a counter of its own, which a reader passes. */
static void run_threads(unsigned count)
{
    pthread_t threads[THREADS];
    pthread_barrier_init(&together, NULL, count);
    for (unsigned i = 0; i < count; i++)
        ZM_WANT(pthread_create(&threads[i], NULL, allocate, NULL) == 0);
    for (unsigned i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&together);
}

static void read_until_interrupted(int number)
{
    interrupted = false;
    setitimer(ITIMER_REAL, &(struct itimerval){.it_value.tv_usec = 50 + number * 3}, NULL);
    while (!interrupted)
        zm_used();
}

static void want_ends(void)
{
    struct sigaction end = {.sa_handler = SIG_DFL};
    sigaction(SIGALRM, &end, NULL);
    alarm(ZM_HANGS_AFTER);
    run_threads(3);
    alarm(0);
}

int main(int argc, char **argv)
{
    ZM_WANT(argc == 2);
    zm_loaded_init();
    jumps = zm_is(argv[1], "jump");
    run_threads(THREADS);
    struct sigaction action = {.sa_handler = interrupt_reader, .sa_flags = SA_NODEFER};
    for (volatile int n = 0; n < TIMES; n++) {
        sigaction(SIGALRM, &action, NULL);
        child = -1;
        if (sigsetjmp(back, 1) == 0)
            read_until_interrupted(n);
        if (jumps)
            continue;
        if (child == 0) {
            want_ends();
            _exit(0);
        }
        zm_want_good_end(child);
    }
    want_ends();
    return 0;
}
