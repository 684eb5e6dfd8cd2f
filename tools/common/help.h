/* What --help prints: all of a subcommand's table, for people.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_COMMON_HELP_H
#define ZM_TOOLS_COMMON_HELP_H

#include <stdio.h>

#include "options.h"

/* Lines are as long as the terminal is wide; COLUMNS says otherwise; 80 where neither is known. */
void zm_help_print(const struct zm_subcommand *subcommand, FILE *out);

#endif
