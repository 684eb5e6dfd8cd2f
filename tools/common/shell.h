/* Words as one would type them to a shell.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_COMMON_SHELL_H
#define ZM_TOOLS_COMMON_SHELL_H

#include <stdio.h>

/* Writes the word, in quotes if it needs them. */
void zm_shell_put_word(FILE *out, const char *word);

/* A command line of the words of `argv`. The caller frees it. NULL: out of memory. */
char *zm_shell_line(char *const *argv);

#endif
