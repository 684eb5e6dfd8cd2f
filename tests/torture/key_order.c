/* Thread keys older than the allocator's, with destructors that allocate: they run last, when the
 * allocator's own have taken its cache apart.
 *
 * usage: key_order unchosen|chosen|allocated SIZE ROUNDS
 *
 * What has happened before the key is made: nothing; the choice of the allocator; an allocation.
 * How large the blocks are. How often the destructor is called for each thread, as it asks to be
 * called again; up to 4.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "torture.h"

#include <pthread.h>

enum { LIVES = 100, EACH = 5, MOST_ROUNDS = 4 };

static pthread_key_t key;
static void *held[LIVES * EACH * MOST_ROUNDS];
static int count, rounds;
static size_t size;

static void allocate_late(void *round)
{
    for (int i = 0; i < EACH; i++)
        held[count++] = zm_take(size);
    if ((int)(uintptr_t)round < rounds)
        pthread_setspecific(key, (void *)((uintptr_t)round + 1));
}

static void *live(void *arg)
{
    void *blocks[8];
    for (int i = 0; i < 8; i++)
        blocks[i] = zm_take(100);
    for (int i = 0; i < 8; i++)
        zm_give(blocks[i]);
    pthread_setspecific(key, (void *)(uintptr_t)1);
    return arg;
}

static void *pass(void *arg)
{
    return arg;
}

static void run(void *(*body)(void *))
{
    pthread_t thread;
    ZM_WANT(pthread_create(&thread, NULL, body, NULL) == 0);
    pthread_join(thread, NULL);
}

static size_t give_all(void)
{
    size_t bytes = 0;
    for (int i = 0; i < count; i++) {
        bytes += zm_size(held[i]);
        zm_give(held[i]);
    }
    count = 0;
    return bytes;
}

int main(int argc, char **argv)
{
    ZM_WANT(argc == 4);
    alarm(ZM_HANGS_AFTER);
    size = strtoul(argv[2], NULL, 10);
    rounds = atoi(argv[3]);
    ZM_WANT(rounds > 0 && rounds <= MOST_ROUNDS);
    zm_loaded_init();
    if (zm_is(argv[1], "chosen"))
        zm_backend();
    else if (zm_is(argv[1], "allocated"))
        zm_give(zm_take(1));
    ZM_WANT(pthread_key_create(&key, allocate_late) == 0);
    run(pass); /* libc keeps the first thread's stack, and what belongs to it */
    size_t before = zm_used();
    for (int i = 0; i < LIVES; i++)
        run(live);
    ZM_WANT(count == LIVES * EACH * rounds);
    size_t used = zm_used() - before, bytes = give_all();
    if (used != bytes)
        dprintf(STDERR_FILENO, "%zu bytes are held, used memory says %zu\n", bytes, used);
    ZM_WANT(used == bytes);
    ZM_WANT(zm_used() == before);
    return 0;
}
