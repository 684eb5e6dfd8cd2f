/* The environment of a child, made without touching this process's own.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_PROCESS_ENVIRONMENT_H
#define ZM_TOOLS_PROCESS_ENVIRONMENT_H

/* A copy of this process's environment, in which first the variables of `pairs` (name, value, ...,
 * NULL) are set and then those of `settings` ("NAME=value", ..., NULL; or just NULL). NULL: out of
 * memory. */
char **zm_child_environment(const char *const *pairs, char *const *settings);

void zm_child_environment_free(char **environment);

#endif
