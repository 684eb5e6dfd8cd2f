/* All subcommands and options for other programs: 'zmalloc --describe'. The manual pages are made
 * from it, and tests compare it with what there is. Each line begins with its kind, and has
 * tabulators between its fields:
 *
 *   subcommand   name ("" for zmalloc itself), summary; what follows is about it
 *   synopsis     what may follow the name
 *   option       letter or nothing, name, what stands for the value or nothing, whether the value
 *                may be left out ("optional" or nothing), help, what the manual says beyond it
 *   exit, environment, example
 *                what, and what it means
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_COMMON_DESCRIBE_H
#define ZM_TOOLS_COMMON_DESCRIBE_H

#include "options.h"

/* Returns the exit status. */
int zm_describe(const struct zm_subcommand *top);

#endif
