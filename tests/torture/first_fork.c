/* A fork that races the first allocation: of the process, or of its threads.
 *
 * usage: first_fork process|threads NUMBER
 *
 * NUMBER is the run's, and gives the delay of the fork. Each run is a process of its own.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "torture.h"

#include <pthread.h>

enum { THREADS = 4, LONGEST_DELAY = 2000 };

static pthread_barrier_t barrier;

static void spin(long rounds)
{
    for (volatile long i = 0; i < rounds; i++) {
    }
}

static void *allocate_first(void *delay)
{
    pthread_barrier_wait(&barrier);
    spin((long)delay);
    zm_give(zm_take(100));
    return NULL;
}

static void live_in_child(void)
{
    alarm(ZM_HANGS_AFTER);
    size_t before = zm_used();
    void *block = zm_take(100);
    ZM_WANT(zm_used() == before + zm_size(block));
    zm_give(block);
    _exit(0);
}

int main(int argc, char **argv)
{
    ZM_WANT(argc == 3);
    zm_loaded_init();
    if (zm_is(argv[1], "threads"))
        zm_give(zm_take(1));
    pthread_t threads[THREADS];
    pthread_barrier_init(&barrier, NULL, THREADS + 1);
    for (long i = 0; i < THREADS; i++)
        ZM_WANT(pthread_create(&threads[i], NULL, allocate_first, (void *)(i * 200)) == 0);
    pthread_barrier_wait(&barrier);
    spin(atol(argv[2]) * 37 % LONGEST_DELAY);
    pid_t child = fork();
    if (child == 0)
        live_in_child();
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    zm_want_good_end(child);
    return 0;
}
