/* Telling printable characters from all else, without asking the locale: tables and messages are
 * UTF-8 wherever they are read.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "printable.h"

#include <stdint.h>
#include <string.h>

size_t zm_utf8_first(const char *begin, uint32_t *character)
{
    const unsigned char *text = (const unsigned char *)begin;
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length = text[0] < 0x80             ? 1
                    : (text[0] & 0xe0) == 0xc0 ? 2
                    : (text[0] & 0xf0) == 0xe0 ? 3
                    : (text[0] & 0xf8) == 0xf0 ? 4
                                               : 0;
    if (length == 0)
        return 0;
    uint32_t value = length == 1 ? text[0] : text[0] & (0xffU >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if ((text[i] & 0xc0) != 0x80) /* so the '\0' ends it too */
            return 0;
        value = value << 6 | (text[i] & 0x3f);
    }
    *character = value;
    bool surrogate = value >= 0xd800 && value <= 0xdfff;
    return value < least[length] || value > 0x10ffff || surrogate ? 0 : length;
}

/* Neither a control character, nor one that ends lines or changes the direction of the text. */
static bool is_harmless(uint32_t c)
{
    return c == '\t' || (c >= 0x20 && c < 0x7f) ||
           (c > 0x9f && c != 0x61c && c != 0x200e && c != 0x200f && (c < 0x2028 || c > 0x202e) &&
            (c < 0x2066 || c > 0x2069));
}

bool zm_printable_next(const char **text, char out[ZM_PRINTABLE_MAX])
{
    const unsigned char *from = (const unsigned char *)*text;
    uint32_t character;
    if (!*from)
        return false;
    size_t length = zm_utf8_first(*text, &character);
    bool as_it_is = length > 0 && is_harmless(character);
    length = length > 0 ? length : 1;
    *text += length;
    if (as_it_is) {
        memcpy(out, from, length);
        out[length] = '\0';
    } else if (*from == '\n') {
        strcpy(out, "\\n");
    } else {
        for (size_t i = 0; i < length; i++)
            sprintf(out + 4 * i, "\\x%02x", from[i]);
    }
    return true;
}

const char *zm_printable(const char *text, char *buf, size_t size)
{
    char next[ZM_PRINTABLE_MAX];
    size_t used = 0;
    buf[0] = '\0';
    while (zm_printable_next(&text, next) && used + strlen(next) < size) {
        strcpy(buf + used, next);
        used += strlen(next);
    }
    return buf;
}

void zm_put_printable(FILE *out, const char *text)
{
    char next[ZM_PRINTABLE_MAX];
    while (zm_printable_next(&text, next))
        fputs(next, out);
}

void zm_put_between(FILE *out, const char *before, const char *text, const char *after)
{
    fputs(before, out);
    zm_put_printable(out, text);
    fputs(after, out);
}
