/* Parsing a command line, and saying what is wrong with it.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_OPTIONS_PARSE_H
#define ZM_TOOLS_OPTIONS_PARSE_H

#include "options.h"

/* Parses options into the struct that the table is about. Returns true to go on, with optind at the
 * first operand; else help or an error was printed, and `status` is the exit status. */
bool zm_options_parse(const struct zm_subcommand *subcommand, int argc, char **argv, void *into,
                      int *status);

/* Prints that there is no subcommand of that name, and which one may be meant. Returns
 * ZM_EXIT_USAGE.
 */
int zm_subcommand_unknown(const struct zm_subcommand *parent, const char *name);

#endif
