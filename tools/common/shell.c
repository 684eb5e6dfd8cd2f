/* Quoting for a shell.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "shell.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_plain(const char *word)
{
    static const char safe[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%";
    return *word && word[strspn(word, safe)] == '\0';
}

static void put_word(FILE *out, const char *word)
{
    if (is_plain(word)) {
        fputs(word, out);
        return;
    }
    putc('\'', out);
    for (; *word; word++) {
        if (*word == '\'')
            fputs("'\\''", out); /* a quote cannot stand between quotes */
        else
            putc(*word, out);
    }
    putc('\'', out);
}

char *zm_shell_line(char *const *argv)
{
    char *line = NULL;
    size_t size;
    FILE *out = open_memstream(&line, &size);
    if (!out)
        return NULL;
    for (char *const *word = argv; *word; word++) {
        if (word != argv)
            putc(' ', out);
        put_word(out, *word);
    }
    if (fclose(out) == 0)
        return line;
    free(line);
    return NULL;
}
