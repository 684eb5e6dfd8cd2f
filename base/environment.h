/* The environment, also before libc has set it up.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BASE_ENVIRONMENT_H
#define ZM_BASE_ENVIRONMENT_H

#include <stdbool.h>
#include <stddef.h>

/* The variable's value, or NULL; it may be put into buf. */
const char *zm_environment(const char *name, char *buf, size_t size);

/* Tells what libc will set environ to, before it has. From then on the kernel's copy is no
 * longer asked, so that a program which clears its environment finds it empty. */
void zm_environment_is(char **environment);

/* False in a set-user-ID program: who has set the environment may not make it load or write files.
 */
bool zm_environment_trusted(void);

#endif
