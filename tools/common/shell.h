/* Words as one would type them to a shell.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_COMMON_SHELL_H
#define ZM_TOOLS_COMMON_SHELL_H

/* The words of `argv` in one line, in quotes where they need them. The caller frees it. NULL: out
 * of memory. */
char *zm_shell_line(char *const *argv);

#endif
