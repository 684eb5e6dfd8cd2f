/* Looking into a table, and setting values.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "options.h"

#include "tools/common/cli.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- looking into the table ---- */

static const struct zm_option help_option = {
    .name = "help",
    .letter = 'h',
    .help = "Shows this help.",
};

const struct zm_option *zm_options_at(const struct zm_subcommand *subcommand, size_t index)
{
    size_t count = 0;
    while (count <= index && subcommand->options[count].name)
        count++;
    if (index < count)
        return &subcommand->options[index];
    return index == count ? &help_option : NULL;
}

const struct zm_option *zm_options_find(const struct zm_subcommand *subcommand, const char *name,
                                        size_t length)
{
    const struct zm_option *option, *found = NULL;
    size_t matches = 0;
    for (size_t i = 0; (option = zm_options_at(subcommand, i)); i++) {
        if (strncmp(option->name, name, length) != 0)
            continue;
        if (!option->name[length])
            return option;
        found = option;
        matches++;
    }
    return matches == 1 ? found : NULL;
}

const struct zm_option *zm_options_find_letter(const struct zm_subcommand *subcommand, char letter)
{
    const struct zm_option *option;
    for (size_t i = 0; (option = zm_options_at(subcommand, i)); i++) {
        if (letter && option->letter == letter)
            return option;
    }
    return NULL;
}

/* ---- subcommands ---- */

const char *zm_subcommand_word(const struct zm_subcommand *subcommand)
{
    const char *space = strrchr(subcommand->name, ' ');
    return space ? space + 1 : subcommand->name;
}

const struct zm_subcommand *zm_subcommand_named(const struct zm_subcommand *parent,
                                                const char *name)
{
    for (size_t i = 0; parent->below && parent->below[i]; i++) {
        if (strcmp(zm_subcommand_word(parent->below[i]), name) == 0)
            return parent->below[i];
    }
    return NULL;
}

/* ---- the usual kinds of values ---- */

int zm_set_flag(const char *subcommand, const struct zm_option *option, const char *text,
                void *into)
{
    (void)subcommand, (void)option, (void)text;
    *(bool *)into = true;
    return 0;
}

int zm_set_text(const char *subcommand, const struct zm_option *option, const char *text,
                void *into)
{
    (void)subcommand, (void)option;
    *(const char **)into = text;
    return 0;
}

int zm_set_number(const char *subcommand, const struct zm_option *option, const char *text,
                  void *into)
{
    if (zm_parse_number(text, option->least, option->most, into))
        return 0;
    return zm_usage_error(subcommand, "%s must be %llu to %llu, not '%s'", option->called,
                          (unsigned long long)option->least, (unsigned long long)option->most,
                          text);
}

int zm_set_seconds(const char *subcommand, const struct zm_option *option, const char *text,
                   void *into)
{
    char *end;
    double value = strtod(text, &end);
    bool plain = isdigit((unsigned char)text[0]) || text[0] == '.'; /* not " 1", "inf" or "-1" */
    if (plain && end != text && !*end && isfinite(value) && value > 0) {
        *(double *)into = value;
        return 0;
    }
    return zm_usage_error(subcommand, "%s must be seconds above 0, not '%s'", option->called, text);
}
