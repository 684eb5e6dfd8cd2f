/* Fork handlers of the program's own that allocate, registered before its first allocation or
 * after.
 *
 * usage: fork_handlers prepare|parent|child|all early|late alone|busy [limit]
 *
 * busy: while other threads allocate. limit: under one that was set after the handlers, and is
 * never reached.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "torture.h"

#include <pthread.h>
#include <stdatomic.h>

enum { THREADS = 3, FORKS = 10, SMALL = 50 };

static atomic_bool stop;
static atomic_uint calls;

static void allocate(void)
{
    void *small[SMALL];
    for (int i = 0; i < SMALL; i++)
        small[i] = memset(zm_take(3000), 1, 3000);
    zm_give(zm_take(100000));
    for (int i = 0; i < SMALL; i++)
        zm_give(small[i]);
    calls++;
}

static void register_handlers(const char *where)
{
    bool all = zm_is(where, "all");
    ZM_WANT(pthread_atfork(all || zm_is(where, "prepare") ? allocate : NULL,
                           all || zm_is(where, "parent") ? allocate : NULL,
                           all || zm_is(where, "child") ? allocate : NULL) == 0);
}

static void set_limit(void)
{
#ifndef ZM_PLAIN
    struct zmalloc_limit limit = {.struct_size = sizeof limit, .hard = UINT64_C(1) << 32};
    ZM_WANT(zmalloc_set_limit(&limit) == 0);
#endif
}

static void *keep_busy(void *arg)
{
    while (!stop)
        zm_give(zm_take(200));
    return arg;
}

static void fork_once(char *block)
{
    size_t before = zm_size(block);
    alarm(2 * ZM_HANGS_AFTER); /* each fork has its time, on a busy machine too */
    pid_t child = fork();
    if (child == 0) {
        alarm(ZM_HANGS_AFTER);
        ZM_WANT(zm_size(block) == before);
        zm_give(block);
        allocate();
        _exit(0);
    }
    zm_want_good_end(child);
}

int main(int argc, char **argv)
{
    ZM_WANT(argc >= 4);
    alarm(ZM_HANGS_AFTER);
    char *block = NULL;
    if (zm_is(argv[2], "late"))
        block = zm_take(1);
    register_handlers(argv[1]);
    if (!block)
        block = zm_take(1);
    if (argc > 4)
        set_limit();
    pthread_t threads[THREADS];
    int count = zm_is(argv[3], "busy") ? THREADS : 0;
    for (int i = 0; i < count; i++)
        ZM_WANT(pthread_create(&threads[i], NULL, keep_busy, NULL) == 0);
    for (int i = 0; i < FORKS; i++)
        fork_once(block);
    stop = true;
    for (int i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    zm_give(block);
    ZM_WANT(calls >= (zm_is(argv[1], "child") ? 0 : FORKS));
    return 0;
}
