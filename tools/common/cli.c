/* Errors in one line, and numbers read strictly.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "cli.h"

#include "printable.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_error(const char *subcommand, const char *format, va_list args)
{
    char message[4 * PATH_MAX]; /* some name all the places where a file was looked for */
    vsnprintf(message, sizeof message, format, args);
    fprintf(stderr, "zmalloc%s%s: ", subcommand ? " " : "", subcommand ? subcommand : "");
    zm_put_printable(stderr, message); /* it may name anything */
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

int zm_parse_pid(const char *subcommand, const char *text, uint64_t *out)
{
    if (zm_parse_number(text, 1, INT32_MAX, out))
        return 0;
    return zm_usage_error(subcommand, "no process ID: '%s'", text);
}

int zm_finish_stdout(const char *subcommand, int status)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    zm_error(subcommand, "can't write to stdout: %s", strerror(errno));
    return ZM_EXIT_TOOL;
}
