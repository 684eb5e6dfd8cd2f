/* SPDX-License-Identifier: BSD-3-Clause */
#include "line.h"

#include <stdarg.h>

#include "failure.h"

void zm_line_add(struct zm_line *t, const char *s)
{
    while (*s && t->length < t->size)
        t->bytes[t->length++] = *s++;
}

void zm_line_decimal(struct zm_line *t, uint64_t value)
{
    char digits[ZM_DECIMAL_MAX];
    zm_line_add(t, zm_decimal(digits, value));
}

void zm_line_hex(struct zm_line *t, uint64_t value)
{
    char digits[17];
    char *p = digits + sizeof digits - 1;
    *p = '\0';
    do {
        *--p = "0123456789abcdef"[value % 16];
        value /= 16;
    } while (value);
    zm_line_add(t, "0x");
    zm_line_add(t, p);
}

void zm_line_number(struct zm_line *t, const char *name, uint64_t value)
{
    zm_line_add(t, ",\"");
    zm_line_add(t, name);
    zm_line_add(t, "\":");
    zm_line_decimal(t, value);
}

void zm_line_string(struct zm_line *t, const char *name, const char *value)
{
    zm_line_add(t, ",\"");
    zm_line_add(t, name);
    zm_line_add(t, "\":\"");
    for (; *value; value++) {
        unsigned char c = (unsigned char)*value;
        /* A program's name may be any bytes; JSON may not. */
        char plain[2] = {c >= 0x20 && c < 0x7f && c != '"' && c != '\\' ? (char)c : '?', '\0'};
        zm_line_add(t, plain);
    }
    zm_line_add(t, "\"");
}

bool zm_line_has_room(const struct zm_line *t)
{
    return t->length < t->size;
}

const char *zm_problem(const char *first, ...)
{
    static char bytes[1024];
    struct zm_line t = {bytes, sizeof bytes - 1, 0};
    va_list args;
    va_start(args, first);
    for (const char *s = first; s; s = va_arg(args, const char *))
        zm_line_add(&t, s);
    va_end(args);
    bytes[t.length] = '\0';
    return bytes;
}
