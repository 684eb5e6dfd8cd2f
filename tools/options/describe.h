/* All subcommands and their options, for programs: 'zmalloc --describe'. The manual pages are made
 * from it, and tests compare it with what there is. A line begins with its kind; tabulators
 * separate the fields, which may be empty:
 *
 *   subcommand   name (empty for zmalloc itself); summary. The lines that follow are about it
 *   synopsis     what may follow the name
 *   option       letter; name; the word that stands for its value; "optional" if that may be
 *                left out; help; what the manual page adds to the help
 *   exit         an exit status; what it means
 *   environment  a variable; what it means
 *   example      a command line; what it does
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_OPTIONS_DESCRIBE_H
#define ZM_TOOLS_OPTIONS_DESCRIBE_H

#include "options.h"

/* Returns the exit status. */
int zm_describe(const struct zm_subcommand *top);

#endif
