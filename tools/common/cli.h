/* What the subcommands share: exit statuses, and how errors are told.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_COMMON_CLI_H
#define ZM_TOOLS_COMMON_CLI_H

#include <stdbool.h>
#include <stdint.h>

enum zm_exit {
    ZM_EXIT_OK = 0,
    ZM_EXIT_FAILED_CELL = 1,      /* compare: some sample is missing or failed */
    ZM_EXIT_USAGE = 2,            /* unknown option, subcommand or value */
    ZM_EXIT_TOOL = 125,           /* the tool itself can't do its part */
    ZM_EXIT_NOT_EXECUTABLE = 126, /* the command is there but can't be executed */
    ZM_EXIT_NOT_FOUND = 127,      /* no such command, no such backend */
    ZM_EXIT_SIGNAL = 128,         /* + the signal's number */
};

/* Prints "zmalloc NAME: MESSAGE" as one line on stderr. */
void zm_error(const char *subcommand, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The same with "; try 'zmalloc NAME --help'" behind it. Returns ZM_EXIT_USAGE. */
int zm_usage_error(const char *subcommand, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* False unless all of `text` is a number within the bounds. */
bool zm_parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *out);

/* A process ID. 0, or the exit status of wrong usage, the reason printed. */
int zm_parse_pid(const char *subcommand, const char *text, uint64_t *out);

/* Flushes stdout; what could not be written is an error. */
int zm_finish_stdout(const char *subcommand, int status);

#endif
