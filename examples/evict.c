/* A cache that many threads fill, and a limit that holds: entries go when memory is wanted, in the
 * way of Redis's maxmemory, but at the allocation itself, whoever makes it.
 *
 *     cc evict.c -pthread $(pkg-config --cflags --libs zmalloc) -o evict && ./evict 256 8
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmalloc.h>

enum { SHARDS = 64, BUCKETS = 4096, ROUNDS = 3 };

struct entry {
    struct entry *next; /* the one put in after it */
    uint64_t key;
    char value[];
};

/* First in, first out. */
static struct shard {
    _Alignas(128) pthread_mutex_t lock;
    struct entry *oldest, *newest;
} shards[SHARDS];

static atomic_ulong evicted;
static atomic_bool done;
static uint64_t limit;

/* Takes entries off shards until enough is freed. Only tries the locks: the thread that wants
 * memory never holds one, but others do. */
static size_t evict(size_t wanted, void *arg)
{
    static atomic_uint turn;
    (void)arg;
    size_t freed = 0;
    for (unsigned tries = 0; tries < 16 * SHARDS && freed < wanted; tries++) {
        struct shard *shard = &shards[atomic_fetch_add(&turn, 1) % SHARDS];
        if (pthread_mutex_trylock(&shard->lock) != 0)
            continue;
        struct entry *entry = shard->oldest;
        if (entry) {
            shard->oldest = entry->next;
            if (!shard->oldest)
                shard->newest = NULL;
        }
        pthread_mutex_unlock(&shard->lock);
        if (entry) {
            freed += zmalloc_size(entry);
            zfree(entry);
            atomic_fetch_add(&evicted, 1);
        }
    }
    return freed;
}

static void *fill(void *arg)
{
    uint64_t random = (uint64_t)(uintptr_t)arg * 2654435761u + 1, moved = 0;
    while (moved < ROUNDS * limit / 8) {
        random ^= random << 13, random ^= random >> 7, random ^= random << 17;
        size_t size = random % 100 ? 100 + random / 128 % 2000 : 20000 + random / 128 % 60000;
        struct entry *entry =
            zmalloc(sizeof *entry + size); /* evicts; aborts if that doesn't help */
        memset(entry->value, (int)(random & 127), size);
        *entry = (struct entry){NULL, random};
        struct shard *shard = &shards[random / 65536 % SHARDS];
        pthread_mutex_lock(&shard->lock);
        *(shard->newest ? &shard->newest->next : &shard->oldest) = entry;
        shard->newest = entry;
        pthread_mutex_unlock(&shard->lock);
        moved += size;
    }
    return NULL;
}

/* The highest used memory that anybody could have seen. */
static void *watch(void *arg)
{
    (void)arg;
    while (!atomic_load(&done))
        zmalloc_used_memory(); /* every reading counts for the peak */
    return NULL;
}

int main(int argc, char **argv)
{
    limit = (uint64_t)(argc > 1 ? atoi(argv[1]) : 256) << 20;
    int threads = argc > 2 ? atoi(argv[2]) : 8;
    if (limit == 0 || threads < 1 || threads > 64) {
        fprintf(stderr, "usage: evict [MEBIBYTES [THREADS]]\n");
        return 2;
    }
    struct zmalloc_limit wanted = {.struct_size = sizeof wanted, .hard = limit, .reclaim = evict};
    int error = zmalloc_set_limit(&wanted);
    if (error) {
        fprintf(stderr, "evict: no limit can be set: %s\n", strerror(-error));
        return 77;
    }
    for (int i = 0; i < SHARDS; i++)
        pthread_mutex_init(&shards[i].lock, NULL);
    pthread_t ids[64], watcher;
    pthread_create(&watcher, NULL, watch, NULL);
    for (int i = 0; i < threads; i++)
        pthread_create(&ids[i], NULL, fill, (void *)(uintptr_t)(i + 1));
    for (int i = 0; i < threads; i++)
        pthread_join(ids[i], NULL);
    atomic_store(&done, true);
    pthread_join(watcher, NULL);

    struct zmalloc_limit_state state = {.struct_size = sizeof state};
    zmalloc_get_limit(&state);
    uint64_t peak = zmalloc_get_peak_memory(), used = zmalloc_used_memory();
    double over = peak > limit ? 100.0 * (double)(peak - limit) / (double)limit : 0;
    printf(
        "%s: limit %llu bytes, %d threads: peak %llu (%.3f %% over), now %llu, %lu evicted, %llu "
        "refused\n",
        ZMALLOC_LIB, (unsigned long long)limit, threads, (unsigned long long)peak, over,
        (unsigned long long)used, atomic_load(&evicted), (unsigned long long)state.refused);
    zmalloc_set_limit(NULL);
    for (int i = 0; i < SHARDS; i++)
        for (struct entry *entry = shards[i].oldest, *next; entry; entry = next) {
            next = entry->next;
            zfree(entry);
        }
    return over < 1 && used > limit / 100 * 95 && state.refused == 0 ? 0 : 1;
}
