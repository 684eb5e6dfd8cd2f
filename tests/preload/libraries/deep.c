/* A plugin as PHP's extensions are: it frees the program's blocks, and the program frees its. Its
 * caller finds it by its run path.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "deep.h"

#include <stdlib.h>
#include <string.h>

char *zm_deep_swap(char *text)
{
    size_t length = strlen(text) + 1;
    char *copy = malloc(length);
    if (copy)
        memcpy(copy, text, length);
    free(text);
    return copy;
}

const void *zm_deep_free(void)
{
    return (const void *)(size_t)free;
}
