/* What another program says when it is asked something.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_PROCESS_ANSWER_H
#define ZM_TOOLS_PROCESS_ANSWER_H

#include <stddef.h>

/* Runs a program until it ends. What it prints to stdout and stderr goes into `out`, as far as
 * there is room, and its wait status into `status`. 0, or -errno if it cannot be run. */
int zm_answer_take(char *const *argv, char *out, size_t size, int *status);

#endif
