/* Calls before any constructor: the program's own .preinit_array comes before every library.
 *
 * usage: before_start blocks|threads|handler|fork NUMBER
 *
 * blocks, threads: the first allocations are made there, by one thread or by several at once; what
 * follows is as ever. That must hold. The others are told of in docs/decisions.md, with their odds:
 * handler registers a fork handler that allocates, before the first allocation; fork forks while
 * threads make it.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "torture.h"

#include <pthread.h>

enum { THREADS = 4, BLOCKS = 200, LONGEST_DELAY = 2000 };

static void *blocks[BLOCKS];
static pthread_t threads[THREADS];
static pthread_barrier_t barrier;
static pid_t child;

static void spin(long rounds)
{
    for (volatile long i = 0; i < rounds; i++) {
    }
}

static void take_and_give(void)
{
    zm_give(zm_take(100000)); /* no cache of a thread's has that */
}

static void *take_share(void *first)
{
    pthread_barrier_wait(&barrier);
    for (long i = (long)first; i < BLOCKS; i += THREADS) {
        blocks[i] = zm_take((size_t)1 << i % 17);
        ZM_WANT(blocks[i]);
    }
    return NULL;
}

static void start_threads(void)
{
    pthread_barrier_init(&barrier, NULL, THREADS + 1);
    for (long i = 0; i < THREADS; i++)
        ZM_WANT(pthread_create(&threads[i], NULL, take_share, (void *)i) == 0);
    pthread_barrier_wait(&barrier);
}

static void before_all(int argc, char **argv, char **environment)
{
    (void)environment;
    ZM_WANT(argc == 3);
    if (zm_is(argv[1], "blocks")) {
        pthread_barrier_init(&barrier, NULL, 1);
        for (long i = 0; i < THREADS; i++)
            take_share((void *)i);
    } else if (zm_is(argv[1], "handler")) {
        pthread_atfork(take_and_give, take_and_give, take_and_give);
    } else {
        start_threads();
        if (zm_is(argv[1], "fork")) {
            spin(atol(argv[2]) * 37 % LONGEST_DELAY);
            child = fork();
            if (child == 0) {
                alarm(ZM_HANGS_AFTER);
                take_and_give();
                _exit(0);
            }
        }
        for (int i = 0; i < THREADS; i++)
            pthread_join(threads[i], NULL);
    }
}

__attribute__((section(".preinit_array"), used)) static void (*const first)(int, char **,
                                                                            char **) = before_all;

static void give_all(void)
{
    size_t before = zm_used(), given = 0;
    for (int i = 0; i < BLOCKS; i++) {
        given += blocks[i] ? zm_size(blocks[i]) : 0;
        zm_give(blocks[i]);
    }
    ZM_WANT(before - zm_used() == given);
}

int main(int argc, char **argv)
{
    zm_loaded_init();
    if (argc == 3 && zm_is(argv[1], "fork")) {
        zm_want_good_end(child);
        return 0;
    }
    pthread_atfork(take_and_give, take_and_give, take_and_give);
    alarm(ZM_HANGS_AFTER);
    child = fork();
    if (child == 0) {
        give_all();
        _exit(0);
    }
    zm_want_good_end(child);
    give_all();
    return 0;
}
