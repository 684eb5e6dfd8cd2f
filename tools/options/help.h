/* What --help prints: all that a subcommand says of itself.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_OPTIONS_HELP_H
#define ZM_TOOLS_OPTIONS_HELP_H

#include <stdio.h>

#include "options.h"

/* Lines are as wide as COLUMNS says, else as the terminal is, else 80 columns. */
void zm_help_print(const struct zm_subcommand *subcommand, FILE *out);

#endif
