/* A copy of the environment, with changes.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "environment.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern char **environ;

/* Puts the entry, which it takes over, in the place of one with the same name, or at the end, where
 * there must be room. */
static bool put(char **environment, char *entry)
{
    if (!entry)
        return false;
    size_t name = strcspn(entry, "=") + 1, i = 0;
    while (environment[i] && strncmp(environment[i], entry, name) != 0)
        i++;
    free(environment[i]);
    environment[i] = entry;
    return true;
}

static size_t length_of(const char *const *list)
{
    size_t n = 0;
    while (list && list[n])
        n++;
    return n;
}

char **zm_child_environment(const char *const *pairs, char *const *settings)
{
    size_t own = length_of((const char *const *)environ);
    size_t room = own + length_of(pairs) + length_of((const char *const *)settings) + 1;
    char **environment = calloc(room, sizeof *environment);
    bool whole = environment != NULL;
    for (size_t i = 0; whole && i < own; i++)
        whole = (environment[i] = strdup(environ[i])) != NULL;
    for (; whole && *pairs; pairs += 2) {
        char *entry;
        whole = put(environment, asprintf(&entry, "%s=%s", pairs[0], pairs[1]) < 0 ? NULL : entry);
    }
    for (; whole && settings && *settings; settings++)
        whole = put(environment, strdup(*settings));
    if (!whole) {
        zm_child_environment_free(environment);
        return NULL;
    }
    return environment;
}

void zm_child_environment_free(char **environment)
{
    for (char **entry = environment; entry && *entry; entry++)
        free(*entry);
    free(environment);
}
