/* Asking libc for the width of each character, in the locale that knows them all, because tables
 * are UTF-8 wherever they are read.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "width.h"

#include "printable.h"

#include <locale.h>
#include <stdint.h>
#include <wchar.h>

/* A character that the locale does not know takes one column, as any did without it. */
static size_t width_of(uint32_t character)
{
    int width = wcwidth((wchar_t)character);
    return width < 0 ? 1 : (size_t)width;
}

size_t zm_width(const char *text)
{
    static locale_t all;
    size_t width = 0;
    uint32_t character;
    if (!all)
        all = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    locale_t before = all ? uselocale(all) : (locale_t)0;
    while (*text) {
        size_t length = zm_utf8_first(text, &character);
        width += length ? width_of(character) : 1;
        text += length ? length : 1;
    }
    if (all)
        uselocale(before);
    return width;
}

int zm_padding(const char *text, size_t columns)
{
    size_t width = zm_width(text);
    return width < columns ? (int)(columns - width) : 0;
}
