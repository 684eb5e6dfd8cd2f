/* The environment, also before libc has set it up.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BASE_ENVIRONMENT_H
#define ZM_BASE_ENVIRONMENT_H

#include <stdbool.h>
#include <stddef.h>

/* The variable's value, or NULL; it may be put into buf. */
const char *zm_environment(const char *name, char *buf, size_t size);

/* What libc will set environ to, told before it has. Whoever clears the environment later finds it
 * empty: the kernel's copy is asked no more. */
void zm_environment_is(char **environment);

/* False in a set-user-ID program: who has set the environment may not make it load or write files.
 */
bool zm_environment_trusted(void);

#endif
