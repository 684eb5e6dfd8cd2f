/* The environment, also before libc has set it up.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BASE_ENVIRONMENT_H
#define ZM_BASE_ENVIRONMENT_H

#include <stdbool.h>
#include <stddef.h>

/* The variable's value, which may have been put into buf; NULL: there is none. */
const char *zm_environment(const char *name, char *buf, size_t size);

/* Tells what libc will set environ to, before it has. From then on the kernel's copy is no
 * longer asked, so that a program which clears its environment finds it empty. */
void zm_environment_is(char **environment);

/* False in a set-user-ID program, which must not load or write files at the word of whoever has set
 * its environment. */
bool zm_environment_trusted(void);

#endif
