/* A hard limit, and threads whose first call is large: all that they hold together stays below it.
 *
 * What limit.h lets pass is what the allocator rounds up the blocks by, so what was asked for must
 * fit. And as it all fits one, one must get it.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "torture.h"

#include <pthread.h>

enum { THREADS = 32, ROUNDS = 100 };

static const size_t LARGE = (size_t)60 << 20, LIMIT = (size_t)100 << 20;
static pthread_barrier_t start, look;

static void *allocate(unsigned how)
{
    switch (how % 4) {
    case 0:
        return ztrycalloc_num(60, LARGE / 60);
    case 1:
        return ztryrealloc(NULL, LARGE);
    case 2:
        return ztryaligned_alloc(4096, LARGE);
    default:
        return ztrymalloc(LARGE);
    }
}

static void *allocate_first(void *how)
{
    pthread_barrier_wait(&start);
    void *block = allocate((unsigned)(uintptr_t)how);
    pthread_barrier_wait(&look);
    return block;
}

static void run_a_round(void)
{
    pthread_t threads[THREADS];
    void *blocks[THREADS];
    for (uintptr_t i = 0; i < THREADS; i++)
        ZM_WANT(pthread_create(&threads[i], NULL, allocate_first, (void *)i) == 0);
    pthread_barrier_wait(&look);
    size_t given = 0, rounded = 0;
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], &blocks[i]);
        given += blocks[i] ? LARGE : 0;
        rounded += blocks[i] ? zmalloc_size(blocks[i]) - LARGE : 0;
    }
    size_t used = zmalloc_used_memory();
    if (given > LIMIT || used > LIMIT + rounded)
        dprintf(STDERR_FILENO, "limit %zu: %zu given, %zu used\n", LIMIT, given, used);
    ZM_WANT(given <= LIMIT);
    ZM_WANT(used <= LIMIT + rounded);
    ZM_WANT(given > 0);
    for (int i = 0; i < THREADS; i++)
        zfree(blocks[i]);
}

int main(void)
{
    alarm(ZM_HANGS_AFTER * 3);
    void *block = zmalloc(1);
    struct zmalloc_limit limit = {.struct_size = sizeof limit, .hard = LIMIT};
    ZM_WANT(zmalloc_set_limit(&limit) == 0);
    pthread_barrier_init(&start, NULL, THREADS);
    pthread_barrier_init(&look, NULL, THREADS + 1);
    for (int i = 0; i < ROUNDS; i++)
        run_a_round();
    zfree(block);
    ZM_WANT(zmalloc_used_memory() == 0);
    return 0;
}
