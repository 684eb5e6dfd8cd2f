/* Blocks of libc's own malloc, given to the preload library's functions.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <dlfcn.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void)
{
    void *libc = dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD);
    void *(*theirs)(size_t) = NULL;
    if (libc)
        *(void **)&theirs = dlsym(libc, "malloc");
    if (!theirs || theirs == malloc)
        return 2; /* it is not under the library */
    for (size_t i = 0; i < 1000; i++) {
        char *block = theirs(100 + i * 997 % 300000), *ours = malloc(50);
        strcpy(block, "a text");
        if (malloc_usable_size(block) < 100)
            return 3;
        if (i % 2)
            block = realloc(block, 200 + i);
        if (strcmp(block, "a text") != 0)
            return 4;
        free(block);
        free(ours);
    }
    puts("done");
    return 0;
}
