/* The options of jemalloc that a program has at file scope reach it, from the program into the
 * shared library too, and the environment's win: the argument is the number of arenas to be found.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <zmalloc.h>

ZMALLOC_JEMALLOC_CONF("narenas:3")

int main(int argc, char **argv)
{
    unsigned found = 0, wanted = argc > 1 ? (unsigned)atoi(argv[1]) : 0;
    size_t size = sizeof found;
    int error = zmalloc_ctl("opt.narenas", &found, &size, NULL, 0);
    if (!error && found == wanted)
        return 0;
    fprintf(stderr, "%s: %u arenas, not %u, error %d\n", ZMALLOC_LIB, found, wanted, error);
    return 1;
}
