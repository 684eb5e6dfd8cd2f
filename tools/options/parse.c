/* Reading command lines with getopt_long, as a table says.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "parse.h"

#include "help.h"
#include "suggest.h"
#include "tools/common/cli.h"

#include <assert.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#define OPTIONS_MAX 32
#define FIRST_LONG  256 /* returned for the first option by its long name, 257 for the second */

/* ---- what is refused ---- */

int zm_subcommand_unknown(const struct zm_subcommand *parent, const char *name)
{
    struct zm_suggestion best = zm_suggestion_for(name, strlen(name));
    for (size_t i = 0; parent->below[i]; i++)
        zm_suggestion_try(&best, zm_subcommand_word(parent->below[i]));
    if (best.word)
        return zm_usage_error(parent->name, "unknown %s '%s' (did you mean '%s'?)",
                              parent->below_are, name, best.word);
    return zm_usage_error(parent->name, "unknown %s '%s'%s%s", parent->below_are, name,
                          parent->below_hint ? "; " : "",
                          parent->below_hint ? parent->below_hint : "");
}

/* No option has that name, or the names of several begin with it. */
static int refuse_name(const struct zm_subcommand *subcommand, const char *given)
{
    const struct zm_option *option;
    size_t length = strcspn(given + 2, "=");
    struct zm_suggestion best = zm_suggestion_for(given + 2, length);
    char list[256] = "";
    size_t used = 0, matches = 0;
    for (size_t i = 0; (option = zm_options_at(subcommand, i)); i++) {
        zm_suggestion_try(&best, option->name);
        if (length == 0 || strncmp(option->name, given + 2, length) != 0)
            continue;
        if (used < sizeof list)
            used += (size_t)snprintf(list + used, sizeof list - used, "%s'--%s'",
                                     matches ? " or " : "", option->name);
        matches++;
    }
    if (matches > 1)
        return zm_usage_error(subcommand->name, "option '%s' may be %s", given, list);
    if (best.word)
        return zm_usage_error(subcommand->name, "unknown option '%s' (did you mean '--%s'?)", given,
                              best.word);
    return zm_usage_error(subcommand->name, "unknown option '%s'", given);
}

/* Words what getopt_long refused by returning `c`. */
static int refuse(const struct zm_subcommand *subcommand, int c, char **argv)
{
    const char *given = argv[optind - 1];
    bool is_long = strncmp(given, "--", 2) == 0;
    if (c == ':')
        return zm_usage_error(subcommand->name, "option '%s' needs a value", given);
    if (is_long && optopt)
        return zm_usage_error(subcommand->name, "option '%s' takes no value", given);
    if (is_long)
        return refuse_name(subcommand, given);
    return zm_usage_error(subcommand->name, "unknown option '-%c'", optopt);
}

static int check_operands(const struct zm_subcommand *subcommand, const char *first)
{
    if (!first || subcommand->operands != ZM_NO_OPERANDS)
        return 0;
    if (!subcommand->below)
        return zm_usage_error(subcommand->name, "unexpected argument '%s'", first);
    if (zm_subcommand_named(subcommand, first))
        return zm_usage_error(subcommand->name, "'%s' must stand before all options", first);
    return zm_subcommand_unknown(subcommand, first);
}

/* ---- parsing ---- */

struct tables {
    struct option names[OPTIONS_MAX + 1];
    char letters[2 * OPTIONS_MAX + 3];
};

static void make_tables(const struct zm_subcommand *subcommand, struct tables *out)
{
    /* "+" makes getopt_long stop at the first operand: what follows may belong to another program.
     * ":" makes it return ':' where a value is missing, and '?' for an unknown option only. */
    bool stops = subcommand->operands == ZM_COMMAND_LINE || subcommand->below;
    char *letter = stpcpy(out->letters, stops ? "+:" : ":");
    const struct zm_option *option;
    *out->names = (struct option){0};
    for (int i = 0; (option = zm_options_at(subcommand, (size_t)i)); i++) {
        assert(i < OPTIONS_MAX);
        int takes = !option->value           ? no_argument
                    : option->value_optional ? optional_argument
                                             : required_argument;
        out->names[i] = (struct option){option->name, takes, NULL, FIRST_LONG + i};
        out->names[i + 1] = (struct option){0};
        if (!option->letter)
            continue;
        *letter++ = option->letter;
        letter = stpcpy(letter, &"::"[2 - takes]);
    }
    *letter = '\0';
}

bool zm_options_parse(const struct zm_subcommand *subcommand, int argc, char **argv, void *into,
                      int *status)
{
    struct tables tables;
    make_tables(subcommand, &tables);
    opterr = 0;
    optind = 0; /* starts getopt_long anew: main has parsed another command line */
    for (int c; (c = getopt_long(argc, argv, tables.letters, tables.names, NULL)) != -1;) {
        const struct zm_option *option = NULL;
        if (c >= FIRST_LONG)
            option = zm_options_at(subcommand, (size_t)(c - FIRST_LONG));
        else if (c != '?' && c != ':')
            option = zm_options_find_letter(subcommand, (char)c);
        if (option && !option->set) { /* --help */
            *status = zm_help_show(subcommand);
            return false;
        }
        *status = option ? option->set(subcommand->name, option, optarg, (char *)into + option->at)
                         : refuse(subcommand, c, argv);
        if (*status != 0)
            return false;
    }
    *status = check_operands(subcommand, argv[optind]);
    return *status == 0;
}
