/* What a malloc and free cost beside heaps and in them: for each size the least time of many runs
 * of a thousand pairs, in ns.
 *
 * usage: heaps [RUNS [ROW]]   ROW: one line of the table, as it begins there
 *
 * Instructions, of PAIRS pairs of each of SIZES sizes:
 *     valgrind --tool=callgrind --toggle-collect=in_heap heaps 1 "in a heap"
 * and --toggle-collect=plain for the others.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "tools/common/clock.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmalloc.h>
#include <zmalloc/heap.h>

enum { PAIRS = 1000 };

static const size_t sizes[] = {16, 100, 1000};
#define SIZES (sizeof sizes / sizeof *sizes)

__attribute__((noinline)) static void plain(zmalloc_heap *heap, size_t size)
{
    (void)heap;
    for (int i = 0; i < PAIRS; i++) {
        char *block = zmalloc(size);
        *(volatile char *)block = 1;
        zfree(block);
    }
}

__attribute__((noinline)) static void in_heap(zmalloc_heap *heap, size_t size)
{
    for (int i = 0; i < PAIRS; i++) {
        char *block = zmalloc_heap_malloc(heap, size);
        *(volatile char *)block = 1;
        zfree(block);
    }
}

static long runs = 3000;
static const char *row; /* NULL: all */
static int printed;

static void measure(const char *what, void (*pairs)(zmalloc_heap *, size_t), zmalloc_heap *heap)
{
    if (row && strcmp(row, what) != 0)
        return;
    printed++;
    printf("%-24s", what);
    for (size_t i = 0; i < SIZES; i++) {
        double least = 1e9;
        for (long run = 0; run < runs; run++) {
            double before = zm_now();
            pairs(heap, sizes[i]);
            double took = (zm_now() - before) * 1e9 / PAIRS;
            least = took < least ? took : least;
        }
        printf("%10.2f", least);
    }
    putchar('\n');
}

static zmalloc_heap *heap_of(const char *name, uint64_t limit, zmalloc_heap *parent)
{
    struct zmalloc_heap_options options = {
        .struct_size = sizeof options, .name = name, .hard_limit = limit, .parent = parent};
    zmalloc_heap *heap = zmalloc_heap_create(&options);
    if (!heap) {
        perror("heaps: zmalloc_heap_create");
        exit(1);
    }
    return heap;
}

int main(int argc, char **argv)
{
    if (argc > 1)
        runs = strtol(argv[1], NULL, 10);
    if (runs < 1 || runs > 1000000000 || argc > 3) {
        fputs("usage: heaps [RUNS [ROW]]\n", stderr);
        return 2;
    }
    row = argc > 2 ? argv[2] : NULL;
    printf("%-24s%10s%10s%10s\n", zmalloc_lib(), "16 B", "100 B", "1000 B");
    measure("plain, no heaps", plain, NULL);
    zmalloc_heap *alone = heap_of("alone", 0, NULL);
    for (size_t i = 0; i < SIZES; i++) /* so that plain blocks lie near a heap's */
        (void)zmalloc_heap_malloc(alone, sizes[i]);
    measure("plain, with heaps", plain, NULL);
    measure("in a heap", in_heap, alone);
    measure("in a heap with a limit", in_heap, heap_of("limited", 1 << 30, NULL));
    measure("in a heap with a parent", in_heap, heap_of("child", 0, alone));
    if (!printed)
        fprintf(stderr, "heaps: no such row: %s\n", row);
    return printed ? 0 : 2;
}
