/* Errors in one line, and numbers read strictly.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "cli.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_error(const char *subcommand, const char *format, va_list args)
{
    fprintf(stderr, "zmalloc%s%s: ", subcommand ? " " : "", subcommand ? subcommand : "");
    vfprintf(stderr, format, args);
}

void zm_error(const char *subcommand, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    print_error(subcommand, format, args);
    va_end(args);
    fputc('\n', stderr);
}

int zm_usage_error(const char *subcommand, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    print_error(subcommand, format, args);
    va_end(args);
    fprintf(stderr, "; try 'zmalloc%s%s --help'\n", subcommand ? " " : "",
            subcommand ? subcommand : "");
    return ZM_EXIT_USAGE;
}

int zm_refuse_option(const char *subcommand, int c, char **argv)
{
    const char *given = argv[optind - 1];
    bool is_long = strncmp(given, "--", 2) == 0;
    if (c == ':')
        return zm_usage_error(subcommand, "option '%s' needs a value", given);
    if (is_long && optopt)
        return zm_usage_error(subcommand, "option '%s' takes no value", given);
    if (is_long)
        return zm_usage_error(subcommand, "unknown option '%s'", given);
    return zm_usage_error(subcommand, "unknown option '-%c'", optopt);
}

bool zm_parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
    if (!isdigit((unsigned char)text[0]))
        return false; /* strtoull would take "-1" and " 1" */
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (errno || *end || value < min || value > max)
        return false;
    *out = value;
    return true;
}

bool zm_parse_seconds(const char *text, double *out)
{
    if (!isdigit((unsigned char)text[0]) && text[0] != '.')
        return false;
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end || !isfinite(value) || value <= 0)
        return false;
    *out = value;
    return true;
}

int zm_option_number(const char *subcommand, const char *what, const char *text, uint64_t min,
                     uint64_t max, uint64_t *out)
{
    if (zm_parse_number(text, min, max, out))
        return 0;
    return zm_usage_error(subcommand, "%s must be %llu to %llu, not '%s'", what,
                          (unsigned long long)min, (unsigned long long)max, text);
}

int zm_option_seconds(const char *subcommand, const char *what, const char *text, double *out)
{
    if (zm_parse_seconds(text, out))
        return 0;
    return zm_usage_error(subcommand, "%s must be seconds above 0, not '%s'", what, text);
}

int zm_finish_stdout(const char *subcommand, int status)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    zm_error(subcommand, "can't write to stdout: %s", strerror(errno));
    return ZM_EXIT_TOOL;
}
