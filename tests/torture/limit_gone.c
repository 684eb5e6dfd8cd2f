/* `reclaim` and its `arg` are the program's again when zmalloc_set_limit(NULL) has returned.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "torture.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

enum { THREADS = 8, LIMITS = 300 };

struct owner {
    atomic_bool alive;
};

static struct owner owners[LIMITS];
static atomic_bool stop;
static atomic_ulong calls, late;

static size_t evict(size_t wanted, void *arg)
{
    (void)wanted;
    struct owner *owner = arg;
    calls++;
    sched_yield();
    late += !owner->alive;
    return 0;
}

static void *allocate(void *arg)
{
    while (!stop) {
        void *block = ztrymalloc(3 << 20);
        if (block)
            usleep(100); /* no limit now: others want the processor */
        zfree(block);
    }
    return arg;
}

int main(void)
{
    alarm(ZM_HANGS_AFTER * 3);
    zfree(zmalloc(1));
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        ZM_WANT(pthread_create(&threads[i], NULL, allocate, NULL) == 0);
    for (int i = 0; i < LIMITS; i++) {
        struct zmalloc_limit limit = {
            .struct_size = sizeof limit, .hard = 1 << 20, .reclaim = evict, .arg = &owners[i]};
        owners[i].alive = true;
        ZM_WANT(zmalloc_set_limit(&limit) == 0);
        usleep(200);
        ZM_WANT(zmalloc_set_limit(NULL) == 0);
        owners[i].alive = false;
    }
    stop = true;
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    if (late)
        dprintf(STDERR_FILENO, "%lu of %lu calls came after it\n", late, calls);
    ZM_WANT(late == 0);
    ZM_WANT(calls > 0);
    return 0;
}
