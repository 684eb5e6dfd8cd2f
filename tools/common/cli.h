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

/* The subcommands; argv[0] is the subcommand's own name. They return the exit status. */
int zm_cmd_info(int argc, char **argv);
int zm_cmd_run(int argc, char **argv);
int zm_cmd_compare(int argc, char **argv);
int zm_cmd_report(int argc, char **argv);
int zm_cmd_bench(int argc, char **argv);

/* Prints "zmalloc NAME: MESSAGE" as one line on stderr. */
void zm_error(const char *subcommand, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The same with "; try 'zmalloc NAME --help'" behind it. Returns ZM_EXIT_USAGE. */
int zm_usage_error(const char *subcommand, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Words what getopt_long (opterr 0, leading ':') refused. `c` is what it returned. */
int zm_refuse_option(const char *subcommand, int c, char **argv);

/* Numbers from the command line: false unless all of `text` is one within the bounds. */
bool zm_parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *out);
bool zm_parse_seconds(const char *text, double *out);

/* An option's value: 0, or ZM_EXIT_USAGE, the bounds printed. `what`: "the seed". */
int zm_option_number(const char *subcommand, const char *what, const char *text, uint64_t min,
                     uint64_t max, uint64_t *out);
int zm_option_seconds(const char *subcommand, const char *what, const char *text, double *out);

/* Flushes stdout; what could not be written is an error. */
int zm_finish_stdout(const char *subcommand, int status);

#endif
