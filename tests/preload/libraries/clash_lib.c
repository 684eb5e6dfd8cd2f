/* A library that exports names of ours with other functions behind them.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "clash_lib.h"

#include <stdlib.h>
#include <string.h>

void *zmalloc(size_t size)
{
    void *block = malloc(size);
    return block ? memset(block, 0, size) : NULL;
}

void *zrealloc(void *ptr, size_t count, size_t element, size_t old_count)
{
    char *block = realloc(ptr, count * element);
    if (block && count > old_count)
        memset(block + old_count * element, 0, (count - old_count) * element);
    return block;
}

static int sum(const char *bytes, size_t size)
{
    int total = 0;
    for (size_t i = 0; i < size; i++)
        total += bytes[i];
    return total;
}

int zm_clash_lib_work(void)
{
    char *dirty = malloc(4000);
    memset(dirty, 7, 4000);
    free(dirty);
    char *block = zmalloc(4000);
    int total = sum(block, 4000);
    block = zrealloc(block, 1000, 8, 500);
    total += sum(block, 8000);
    free(block);
    return total;
}
