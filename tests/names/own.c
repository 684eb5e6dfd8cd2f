/* A program that has functions of our names, but not ours: the library goes on calling its own.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmalloc.h>

static int called;

void *ztryaligned_alloc(size_t align, size_t size)
{
    (void)align, (void)size;
    called++;
    return NULL;
}

void *zmalloc_usable(size_t size, size_t *usable)
{
    (void)size, (void)usable;
    called++;
    return NULL;
}

int main(void)
{
    size_t usable = 0;
    void *block = zaligned_alloc(64, 100);
    char *copy = zstrdup_usable("text", &usable);
    if (called || !block || !copy || strcmp(copy, "text") != 0 || usable < sizeof "text") {
        fprintf(stderr, "the library called the program's own function\n");
        return 1;
    }
    zfree(block);
    zfree(copy);
    return zmalloc_used_memory() == 0 ? 0 : 1;
}
