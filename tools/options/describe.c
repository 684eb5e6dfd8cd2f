/* Prints tables line by line.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "describe.h"

#include "tools/common/cli.h"

#include <stdio.h>

static const char *or_nothing(const char *text)
{
    return text ? text : "";
}

static void put_notes(const char *kind, const struct zm_note *notes)
{
    for (const struct zm_note *note = notes; note && note->what; note++)
        printf("%s\t%s\t%s\n", kind, note->what, note->text);
}

static void put(const struct zm_subcommand *subcommand)
{
    const struct zm_option *option;
    printf("subcommand\t%s\t%s\n", or_nothing(subcommand->name), subcommand->summary);
    for (size_t i = 0; subcommand->synopses[i]; i++)
        printf("synopsis\t%s\n", subcommand->synopses[i]);
    for (size_t i = 0; (option = zm_options_at(subcommand, i)); i++) {
        const char letter[2] = {option->letter};
        printf("option\t%s\t%s\t%s\t%s\t%s\t%s\n", letter, option->name, or_nothing(option->value),
               option->value_optional ? "optional" : "", option->help, or_nothing(option->more));
    }
    put_notes("exit", subcommand->exit_statuses);
    put_notes("environment", subcommand->environment);
    put_notes("example", subcommand->examples);
    for (size_t i = 0; subcommand->below && subcommand->below[i]; i++)
        put(subcommand->below[i]);
}

int zm_describe(const struct zm_subcommand *top)
{
    put(top);
    return zm_finish_stdout(NULL, ZM_EXIT_OK);
}
