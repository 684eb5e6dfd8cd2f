/* /proc/self/stat: fields of a line, by their numbers.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>

#include "sysinfo/linux/file.h"
#include <zmalloc/sysinfo.h>

/* The name of the program, the second field, is in parentheses and may have anything in it. */
static const char *after_name(const char *text, const char *end)
{
    while (end > text && end[-1] != ')')
        end--;
    return end;
}

/* The space before the next field, or the end. */
static const char *next_space(const char *at, const char *end)
{
    while (at < end && *at != ' ' && *at != '\n')
        at++;
    return at;
}

static int number(const char *at, const char *end, int64_t *value)
{
    bool negative = at < end && *at == '-';
    uint64_t magnitude = 0;
    at += negative;
    if (at == end)
        return -EPROTO;
    for (; at < end; at++)
        if (*at < '0' || *at > '9' || !zm_multiply(magnitude, 10, &magnitude) ||
            !zm_add(&magnitude, (uint64_t)(*at - '0')))
            return -EPROTO;
    if (magnitude > INT64_MAX)
        return -ERANGE;
    if (value)
        *value = negative ? -(int64_t)magnitude : (int64_t)magnitude;
    return 0;
}

int zmalloc_sysinfo_stat(int field, int64_t *value)
{
    char text[4096];
    size_t length;
    if (field < 3)
        return -EINVAL;
    int error = zm_file_start(ZM_ROOT, "/proc/self/stat", text, sizeof text, &length);
    if (error)
        return error;
    const char *end = text + length, *at = after_name(text, end);
    for (int i = 3; i < field && at < end; i++)
        at = next_space(at + 1, end);
    if (at >= end || *at != ' ')
        return -EINVAL;
    return number(at + 1, next_space(at + 1, end), value);
}
