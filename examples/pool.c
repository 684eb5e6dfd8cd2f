/* A thread pool that knows what each of its threads allocates, and whose memory each gives back.
 *
 *     cc -pthread pool.c $(pkg-config --cflags --libs zmalloc) -o pool && ./pool 4
 *
 * The functions that end in _usable tell what the account counts, so figures of one's own agree
 * with it to the byte. A result is made by one thread and freed by another, as in any server.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmalloc.h>

#define JOBS        20000
#define MAX_THREADS 64

/* Written by its thread alone, on lines of its own. */
struct worker {
    _Alignas(128) pthread_t thread;
    uint64_t jobs, allocated, freed;
    unsigned seed;
};

struct result {
    struct result *next;
    size_t length;
    char text[];
};

static struct {
    pthread_mutex_t lock;
    struct result *results; /* nobody's yet */
    int jobs;
} pool = {PTHREAD_MUTEX_INITIALIZER, NULL, JOBS};

static void *take(struct worker *me, size_t size)
{
    size_t usable;
    void *ptr = zmalloc_usable(size, &usable);
    me->allocated += usable;
    return ptr;
}

static void give_back(struct worker *me, void *ptr)
{
    size_t usable;
    zfree_usable(ptr, &usable);
    me->freed += usable;
}

static struct result *work_at(struct worker *me)
{
    size_t length = (size_t)(rand_r(&me->seed) % 2000);
    char *scratch = take(me, 4 * length + 1);
    memset(scratch, 's', 4 * length);
    struct result *result = take(me, sizeof *result + length);
    result->length = length;
    memcpy(result->text, scratch, length);
    give_back(me, scratch);
    return result;
}

static void *run(void *argument)
{
    struct worker *me = argument;
    struct result *mine = NULL;
    for (;;) {
        pthread_mutex_lock(&pool.lock);
        if (mine) {
            mine->next = pool.results;
            pool.results = mine;
            mine = NULL;
        }
        struct result *others = NULL;
        if (pool.jobs % 16 == 0) { /* now and then one takes all that lie there */
            others = pool.results;
            pool.results = NULL;
        }
        int more = pool.jobs > 0 ? pool.jobs-- : 0;
        pthread_mutex_unlock(&pool.lock);
        while (others) {
            struct result *next = others->next;
            give_back(me, others);
            others = next;
        }
        if (!more)
            return NULL;
        mine = work_at(me);
        me->jobs++;
    }
}

int main(int argc, char **argv)
{
    int threads = argc > 1 ? atoi(argv[1]) : 4;
    if (threads < 1 || threads > MAX_THREADS) {
        fprintf(stderr, "usage: pool [THREADS]    (1 to %d)\n", MAX_THREADS);
        return 2;
    }
    static struct worker workers[MAX_THREADS];
    struct zmalloc_stats stats = {.struct_size = sizeof stats};
    zmalloc_get_stats(&stats);
    uint64_t allocated = 0, freed = 0, allocated_before = stats.allocated_bytes,
             freed_before = stats.freed_bytes;

    for (int i = 0; i < threads; i++) {
        workers[i].seed = (unsigned)i;
        if (pthread_create(&workers[i].thread, NULL, run, &workers[i]) != 0) {
            perror("pool: pthread_create");
            return 1;
        }
    }
    printf("%-8s %10s %14s %14s\n", "thread", "jobs", "allocated", "freed");
    for (int i = 0; i < threads; i++) {
        pthread_join(workers[i].thread, NULL);
        printf("%-8d %10" PRIu64 " %14" PRIu64 " %14" PRIu64 "\n", i, workers[i].jobs,
               workers[i].allocated, workers[i].freed);
        allocated += workers[i].allocated;
        freed += workers[i].freed;
    }
    zmalloc_get_stats(&stats);
    printf("%-8s %10d %14" PRIu64 " %14" PRIu64 "\n", "all", JOBS, allocated, freed);
    printf("%-19s %14" PRIu64 " %14" PRIu64 "   (%s, peak %" PRIu64 ")\n", "the account",
           stats.allocated_bytes - allocated_before, stats.freed_bytes - freed_before, ZMALLOC_LIB,
           stats.peak_bytes);

    int exact = stats.allocated_bytes - allocated_before == allocated &&
                stats.freed_bytes - freed_before == freed;
    for (struct result *next; pool.results; pool.results = next) {
        next = pool.results->next;
        zfree(pool.results);
    }
    return exact ? 0 : 1;
}
