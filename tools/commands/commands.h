/* The subcommands of zmalloc.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_COMMANDS_COMMANDS_H
#define ZM_TOOLS_COMMANDS_COMMANDS_H

#include "tools/options/options.h"

extern const struct zm_subcommand zm_subcommand_info, zm_subcommand_run, zm_subcommand_compare,
    zm_subcommand_report, zm_subcommand_bench, zm_subcommand_overhead;

#endif
