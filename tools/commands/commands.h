/* The subcommands of zmalloc.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_COMMANDS_COMMANDS_H
#define ZM_TOOLS_COMMANDS_COMMANDS_H

#include "tools/options/options.h"

/* The list of them, in the order of the help: a file of this folder, or one in it, defines
 * zm_subcommand_NAME. */
#define ZM_COMMANDS(X) \
    X(info)            \
    X(run) X(compare) X(check) X(report) X(bench) X(stat) X(top) X(metrics) X(switch) X(trial)

#define ZM_COMMAND_DECLARE(NAME) extern const struct zm_subcommand zm_subcommand_##NAME;
ZM_COMMANDS(ZM_COMMAND_DECLARE)

/* Below bench. */
extern const struct zm_subcommand zm_subcommand_overhead;

#endif
