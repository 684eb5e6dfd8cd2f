/* Ends with heaps that have blocks: left COUNT. Prints what it knows of each, a line of JSON.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <zmalloc.h>

int main(int argc, char **argv)
{
    int count = argc > 1 ? atoi(argv[1]) : 3;
    zmalloc_heap *before = NULL;
    for (int i = 0; i < count; i++) {
        char name[32];
        struct zmalloc_heap_usage u = {.struct_size = sizeof u};
        snprintf(name, sizeof name, "heap_%d", i);
        struct zmalloc_heap_options options = {
            .struct_size = sizeof options, .name = name, .parent = i % 2 ? before : NULL};
        zmalloc_heap *heap = zmalloc_heap_create(&options);
        if (!heap || !zmalloc_heap_malloc(heap, 1000 + (size_t)i) ||
            zmalloc_heap_get_usage(heap, &u) != 0)
            return 1;
        if (i == 0) {
            zfree(zmalloc_heap_malloc(heap, 1000));
            zmalloc_heap_get_usage(heap, &u);
        }
        if (i % 2 == 1 || i + 1 == count)
            printf("{\"name\": \"%s\", \"used_bytes\": %llu, \"allocs\": %llu, \"frees\": %llu}\n",
                   name, (unsigned long long)u.used_bytes, (unsigned long long)u.allocs,
                   (unsigned long long)u.frees);
        before = heap;
    }
    return 0;
}
