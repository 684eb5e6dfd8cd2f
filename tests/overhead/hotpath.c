/* zmalloc and zfree and nothing else, for callgrind: usage: hotpath COUNT BYTES... Prints the
 * running backend, then calls zm_hotpath once for each size.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <zmalloc.h>

#define LIVE 64

void zm_hotpath(size_t count, size_t bytes);

void zm_hotpath(size_t count, size_t bytes)
{
    for (size_t i = 0; i < count; i++) {
        void *block = zmalloc(bytes);
        *(volatile char *)block = 1;
        zfree(block);
    }
}

int main(int argc, char **argv)
{
    void (*volatile counted)(size_t, size_t) = zm_hotpath; /* not inlined, not cloned */
    if (argc < 3)
        return 2;
    puts(zmalloc_lib());
    size_t count = strtoul(argv[1], NULL, 10);
    for (int i = 2; i < argc; i++) {
        size_t bytes = strtoul(argv[i], NULL, 10);
        /* As in a program that runs: others of the size are live, the thread is known. */
        void *live[LIVE];
        for (int j = 0; j < LIVE; j++)
            live[j] = zmalloc(bytes);
        counted(count, bytes);
        for (int j = 0; j < LIVE; j++)
            zfree(live[j]);
    }
    return 0;
}
