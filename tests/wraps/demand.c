/* A program with allocations that are known, for test_wraps.py.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmalloc.h>

enum { THREADS = 4, TIMES = 1000 };

static void **kept; /* each begins with the address of the one before */

/* COUNT SIZE: prints the numbers of those that fail; all others are kept. */
static int fail(char **arguments)
{
    long count = atol(arguments[0]), size = atol(arguments[1]);
    for (long i = 1; i <= count; i++) {
        errno = 0;
        void **block = ztrymalloc((size_t)size);
        if (block) {
            *block = kept;
            kept = block;
            continue;
        }
        if (errno != ENOMEM)
            return 1;
        printf("%ld\n", i);
    }
    return 0;
}

static void *shape_of_one(void *arg)
{
    (void)arg;
    for (int i = 0; i < TIMES; i++) {
        void *none = zmalloc(0), *small = zmalloc(16), *zeroed = zcalloc(17);
        void *aligned = zaligned_alloc(64, 100);
        zfree_with_size(small, 16);
        zeroed = zrealloc(zeroed, 1024);
        zfree(none);
        zfree(zeroed);
        zfree(aligned);
    }
    return NULL;
}

static int shape(char **arguments)
{
    (void)arguments;
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, shape_of_one, NULL);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    if (zmalloc_used_memory() != 0)
        return 1;
    return ztrymalloc(PTRDIFF_MAX - (size_t)1) != NULL;
}

static double processor_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* COUNT: prints the nanoseconds of a pair, the least of ten rounds. */
static int measure(char **arguments)
{
    long count = atol(arguments[0]) / 10;
    double least = 1e18;
    for (int round = 0; round < 10; round++) {
        double from = processor_ns();
        for (long i = 0; i < count; i++)
            zfree(zmalloc(100));
        double took = (processor_ns() - from) / (double)count;
        least = took < least ? took : least;
    }
    printf("%.1f\n", least);
    return 0;
}

static int name(char **arguments)
{
    (void)arguments;
    printf("%s %s\n", zmalloc_backend_name(), zmalloc_wraps());
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "fail") == 0)
        return fail(argv + 2);
    if (argc == 2 && strcmp(argv[1], "shape") == 0)
        return shape(argv + 2);
    if (argc == 3 && strcmp(argv[1], "time") == 0)
        return measure(argv + 2);
    if (argc == 2 && strcmp(argv[1], "name") == 0)
        return name(argv + 2);
    fprintf(stderr, "%s: no such demand\n", argv[0]);
    return 2;
}
