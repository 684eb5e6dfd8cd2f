/* The rows of several commands, and of one with parameters.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_COMMANDS_COMPARE_COMMANDS_H
#define ZM_TOOLS_COMMANDS_COMPARE_COMMANDS_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/measuring/workload.h"
#include "tools/samples/row.h"

#define ZM_COMMANDS_MAX   16
#define ZM_PARAMETERS_MAX 8

/* What -c and -P name. */
struct zm_command_options {
    const char *commands[ZM_COMMANDS_MAX]; /* as one types them */
    size_t command_count;
    const char *parameters[ZM_PARAMETERS_MAX]; /* "threads=1,2,4" */
    size_t parameter_count;
};

/* Whether the text is NAME=VALUE[,VALUE...]. */
bool zm_is_parameter(const char *text);

/* Makes the workload of all commands together, and of each row one for each command with each value
 * in the places of "{NAME}". `command` is the operand, which may be none if there is -c. Returns 0,
 * or the exit status after printing the reason. */
int zm_rows_of_commands(const char *subcommand, const struct zm_command_options *options,
                        char *const *command, struct zm_workload *workload, struct zm_rows *rows);

#endif
