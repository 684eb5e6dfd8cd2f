/* The first heap of another allocator comes while threads are at work in a heap of the process's
 * own, whose blocks the front knows by itself until then: nothing is lost, and nothing is shown to
 * the wrong allocator.
 *
 * usage: others BACKEND [TRIALS]
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmalloc.h>
#include <zmalloc/heap.h>

#include "../core/threads.h"

enum { THREADS = 3, SHARED = 64, WORK = 3000 };

static zmalloc_heap *own, *_Atomic other;
static void *_Atomic shared[SHARED];

static zmalloc_heap *make_heap(const char *backend)
{
    struct zmalloc_heap_options options = {
        .struct_size = sizeof options, .name = "one", .backend = backend};
    return zmalloc_heap_create(&options);
}

/* Of all sizes about those where the kinds of marks change. */
static size_t size_of(unsigned n)
{
    static const size_t sizes[] = {1, 31, 32, 33, 120, 127, 128, 129, 250, 256, 257, 1000, 40000};
    return sizes[n % (sizeof sizes / sizeof *sizes)] + n % 3;
}

static void give_back(void *block, unsigned n)
{
    if (n % 4 == 0)
        block = zrealloc(block, size_of(n / 4));
    if (n % 4 == 1 && block)
        zfree_with_size(block, zmalloc_size(block));
    else
        zfree(block);
}

static void work(void *backend, unsigned thread)
{
    for (unsigned i = 0, n = thread; i < WORK; i++, n += 7919) {
        if (thread == 0 && i == WORK / 3)
            atomic_store(&other, make_heap(backend));
        zmalloc_heap *beside = atomic_load(&other);
        size_t size = size_of(n);
        void *block = n % 5 == 0             ? zmalloc(size)
                      : n % 2 == 0 && beside ? zmalloc_heap_malloc(beside, size)
                                             : zmalloc_heap_malloc(own, size);
        memset(block, (int)n, size);
        give_back(atomic_exchange(&shared[n % SHARED], block), n);
    }
}

static bool is_back(zmalloc_heap *heap)
{
    struct zmalloc_heap_usage usage = {.struct_size = sizeof usage};
    return zmalloc_heap_get_usage(heap, &usage) == 0 && usage.used_bytes == 0 &&
           usage.allocs > WORK / 3 && usage.allocs == usage.frees &&
           zmalloc_heap_destroy(heap, NULL) == 0;
}

/* In a process of its own, for it has a first heap of another allocator once. */
static int trial(char *backend)
{
    size_t before = zmalloc_used_memory();
    own = make_heap(NULL);
    zm_crew_join(zm_crew_start(THREADS, work, backend));
    if (!own || !other)
        return 1;
    for (unsigned i = 0; i < SHARED; i += 2)
        give_back(atomic_exchange(&shared[i], NULL), i);
    for (unsigned i = 1; i < SHARED; i += 2)
        if (shared[i] && !zmalloc_heap_of(shared[i]))
            zfree(shared[i]);
    if (zmalloc_heap_free_all(own) < 0 || zmalloc_heap_free_all(other) < 0)
        return 2;
    if (!is_back(own) || !is_back(other))
        return 3;
    return zmalloc_used_memory() == before ? 0 : 4;
}

int main(int argc, char **argv)
{
    int trials = argc > 2 ? atoi(argv[2]) : 30, bad = 0;
    if (argc < 2)
        return 2;
    for (int i = 0; i < trials; i++) {
        pid_t pid = fork();
        if (pid == 0)
            _exit(trial(argv[1]));
        int status = -1;
        if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0) {
            fprintf(stderr, "trial %d: status %#x\n", i, (unsigned)status);
            bad++;
        }
    }
    printf("%d trials, %d bad\n", trials, bad);
    return bad != 0;
}
