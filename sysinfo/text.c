/* SPDX-License-Identifier: BSD-3-Clause */
#include "sysinfo/text.h"
#include <assert.h>
#include <errno.h>
#include <string.h>

bool zm_add(uint64_t *a, uint64_t b)
{
    if (b > UINT64_MAX - *a)
        return false;
    *a += b;
    return true;
}

bool zm_multiply(uint64_t a, uint64_t b, uint64_t *product)
{
    if (b && a > UINT64_MAX / b)
        return false;
    *product = a * b;
    return true;
}

static void take(struct zm_text *text, size_t length)
{
    text->at += length;
    text->length -= length;
}

bool zm_text_number(struct zm_text *text, uint64_t *value)
{
    uint64_t sum = 0;
    size_t digits = 0;
    while (digits < text->length && text->at[digits] >= '0' && text->at[digits] <= '9') {
        if (!zm_multiply(sum, 10, &sum) || !zm_add(&sum, (uint64_t)(text->at[digits] - '0')))
            return false;
        digits++;
    }
    if (!digits)
        return false;
    take(text, digits);
    *value = sum;
    return true;
}

bool zm_text_blanks(struct zm_text *text)
{
    size_t count = 0;
    while (count < text->length && (text->at[count] == ' ' || text->at[count] == '\t'))
        count++;
    take(text, count);
    return count > 0;
}

bool zm_text_prefix(struct zm_text *text, const char *prefix, size_t length)
{
    if (text->length < length || memcmp(text->at, prefix, length) != 0)
        return false;
    take(text, length);
    return true;
}

bool zm_text_until(struct zm_text *text, char end, struct zm_text *piece)
{
    const char *found = text->length ? memchr(text->at, end, text->length) : NULL;
    if (!found)
        return false;
    piece->at = text->at;
    piece->length = (size_t)(found - text->at);
    take(text, piece->length + 1);
    return true;
}

bool zm_text_equal(struct zm_text text, const char *string)
{
    size_t length = strlen(string);
    return text.length == length && (!length || memcmp(text.at, string, length) == 0);
}

static size_t nul_bytes(struct zm_text text)
{
    size_t count = 0;
    while (count < text.length && !text.at[count])
        count++;
    return count;
}

static void keep(struct zm_lines *lines, struct zm_text piece)
{
    size_t free_room = lines->room - lines->length;
    assert(lines->length <= lines->room);
    if (!lines->length)
        take(&piece, nul_bytes(piece));
    if (piece.length > free_room) {
        lines->cut = true;
        piece.length = free_room;
    }
    if (piece.length)
        memcpy(lines->line + lines->length, piece.at, piece.length);
    lines->length += piece.length;
}

int zm_lines_feed(struct zm_lines *lines, const char *buffer, size_t length, zm_line_fn *fn,
                  void *context)
{
    struct zm_text rest = {buffer, length}, piece;
    while (zm_text_until(&rest, '\n', &piece)) {
        struct zm_text line;
        bool cut;
        int result;
        keep(lines, piece);
        line.at = lines->line;
        line.length = lines->length;
        cut = lines->cut;
        lines->length = 0;
        lines->cut = false;
        result = fn(context, line, cut);
        if (result)
            return result;
    }
    keep(lines, rest);
    return 0;
}

int zm_lines_end(const struct zm_lines *lines)
{
    return lines->length ? -EPROTO : 0;
}
