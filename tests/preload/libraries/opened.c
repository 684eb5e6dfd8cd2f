/* A library for dlopen: it allocates when it comes, when it is called and when it goes.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "opened.h"

#include <stdlib.h>
#include <string.h>

static void *kept[100];

__attribute__((constructor)) static void come(void)
{
    for (size_t i = 0; i < 100; i++)
        kept[i] = malloc(i * 50);
}

__attribute__((destructor)) static void go(void)
{
    for (size_t i = 0; i < 100; i++)
        free(kept[i]);
}

char *zm_opened_copy(const char *text)
{
    return strdup(text);
}
