/* What --help prints: all that a subcommand says of itself.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_OPTIONS_HELP_H
#define ZM_TOOLS_OPTIONS_HELP_H

#include "options.h"

/* Shows it on stdout, by a pager if that is a terminal. Lines are as wide as COLUMNS says, else as
 * the terminal is, else 80 columns. Returns the exit status. */
int zm_help_show(const struct zm_subcommand *subcommand);

#endif
