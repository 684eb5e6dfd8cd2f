/* `reclaim` that does not come back: the limit holds after it, for that thread and all others.
 *
 * usage: limit_leave longjmp|siglongjmp|exit
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "torture.h"

#include <pthread.h>
#include <setjmp.h>

static const size_t LIMIT = (size_t)1 << 20;
static const char *way;
static sigjmp_buf back;
static unsigned calls;

static size_t leave(size_t wanted, void *arg)
{
    (void)wanted;
    (void)arg;
    calls++;
    if (zm_is(way, "exit"))
        pthread_exit(NULL);
    siglongjmp(back, 1);
}

static size_t stay(size_t wanted, void *arg)
{
    (void)wanted;
    (void)arg;
    calls++;
    return 0;
}

static void set_limit(size_t (*reclaim)(size_t wanted, void *arg))
{
    struct zmalloc_limit limit = {.struct_size = sizeof limit, .hard = LIMIT, .reclaim = reclaim};
    ZM_WANT(zmalloc_set_limit(&limit) == 0);
}

/* Far above it and just above it; asked each time. */
static void want_limit(void)
{
    calls = 0;
    ZM_WANT(!ztrymalloc(100 * LIMIT));
    ZM_WANT(calls == 1);
    ZM_WANT(!ztrymalloc(2 * LIMIT));
    ZM_WANT(calls == 2);
    zfree(zmalloc(1000));
    ZM_WANT(calls == 2);
}

static void *run_into_limit(void *arg)
{
    for (volatile unsigned i = 1; i <= 3; i++) {
        calls = 0;
        if (sigsetjmp(back, zm_is(way, "siglongjmp")) == 0) {
            ztrymalloc(2 * LIMIT);
            ZM_WANT(!"came back");
        }
        ZM_WANT(calls == 1); /* each time anew */
        set_limit(stay);
        want_limit();
        set_limit(leave);
    }
    return arg;
}

static void *only_want_limit(void *arg)
{
    want_limit();
    return arg;
}

static void in_thread(void *(*body)(void *))
{
    pthread_t thread;
    ZM_WANT(pthread_create(&thread, NULL, body, NULL) == 0);
    pthread_join(thread, NULL);
}

int main(int argc, char **argv)
{
    ZM_WANT(argc == 2);
    alarm(ZM_HANGS_AFTER);
    way = argv[1];
    set_limit(leave);
    in_thread(run_into_limit);
    if (!zm_is(way, "exit"))
        run_into_limit(NULL);
    set_limit(stay);
    want_limit();
    in_thread(only_want_limit);
    ZM_WANT(zmalloc_set_limit(NULL) == 0); /* and no thread is waited for for ever */
    void *block = ztrymalloc(2 * LIMIT);
    ZM_WANT(block);
    zfree(block);
    ZM_WANT(zmalloc_used_memory() == 0);
    return 0;
}
