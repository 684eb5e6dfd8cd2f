/* A library that the loader initialises before all others (-z initfirst), the preloaded one
 * included, and finishes after them: it allocates where nothing of ours has run, or all of it.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "first.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *from_constructor;
static char *to_the_end;
static pthread_key_t key;

static void free_value(void *value)
{
    free(value);
}

__attribute__((constructor)) static void begin(void)
{
    /* Before the first allocation: the lowest key, whose destructor runs first. */
    pthread_key_create(&key, free_value);
    from_constructor = strdup("made in a constructor");
    to_the_end = calloc(1000, 1);
    free(malloc(100));
}

/* No test is left to tell: the exit status does. */
__attribute__((destructor)) static void end(void)
{
    char *fresh = malloc(5000);
    if (!fresh || !to_the_end || to_the_end[999] != 0)
        _exit(3);
    to_the_end = realloc(to_the_end, 100000);
    if (!to_the_end || to_the_end[999] != 0)
        _exit(3);
    free(to_the_end);
    free(fresh);
}

char *zm_first_take(void)
{
    char *taken = from_constructor;
    from_constructor = NULL;
    return taken;
}

pthread_key_t zm_first_key(void)
{
    return key;
}
