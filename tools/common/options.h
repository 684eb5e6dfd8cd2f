/* What a command takes on its command line, said once: parsing, --help, the manual page and the
 * shells' completion all read the same table.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_COMMON_OPTIONS_H
#define ZM_TOOLS_COMMON_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct zm_option;
struct zm_offers;

/* Puts the value of an option where it belongs. `text` is NULL if the option came without one.
 * Returns 0, else the exit status, the reason printed. */
typedef int zm_set(const char *subcommand, const struct zm_option *option, const char *text,
                   void *into);

/* Offers what the value of an option may be: see complete.h. */
typedef void zm_offer(const struct zm_option *option, struct zm_offers *offers);

struct zm_option {
    const char *name;  /* behind "--" */
    char letter;       /* behind "-"; 0: it has none */
    const char *value; /* what stands for the value in the help; NULL: it takes none */
    bool value_optional;

    zm_set *set;
    size_t at;            /* of the value's place in the command's struct */
    const char *called;   /* the value in messages, "the seed" */
    uint64_t least, most; /* what zm_set_number accepts */

    /* A paragraph in plain text, 'quoted' where it is to be typed. Its first sentence is also what
     * the shells show beside the option. */
    const char *help;
    const char *more; /* what the manual page says beyond that; NULL: nothing */

    zm_offer *offer;   /* NULL: nothing can be offered */
    const char *words; /* what zm_offer_words and zm_offer_word_list offer, with spaces between */
};

/* A line of a list in the help: an exit status, a variable, an example; and what it means. */
struct zm_note {
    const char *what, *text; /* `what` is NULL after the last */
};

/* What may stand behind a command's options. */
enum zm_operands {
    ZM_NO_OPERANDS,
    ZM_FILES,
    ZM_COMMAND_LINE, /* of another program: options behind its name are not ours */
    ZM_SUBCOMMANDS,  /* names of our own */
};

/* A subcommand, or zmalloc itself. */
struct zm_subcommand {
    const char *name; /* behind "zmalloc", "bench overhead"; NULL for zmalloc itself */
    const char *summary;
    const char *const *synopses;     /* what may follow the name; NULL after the last */
    const char *const *paragraphs;   /* what it does; NULL after the last */
    const struct zm_option *options; /* ends with one without a name; --help is added */
    const struct zm_note *exit_statuses, *environment, *examples; /* NULL: none */
    enum zm_operands operands;

    const struct zm_subcommand *const *below; /* those that may be named first; NULL: none */
    const char *below_are;                    /* one of them in messages, "benchmark" */
    int (*main)(int argc, char **argv);       /* argv[0] is its own name; returns the exit status */
};

/* Parses a command's options into the struct that its table means. True to go on, with optind at
 * the first operand; else help was shown or an error was told, and the exit status is `status`. */
bool zm_options_parse(const struct zm_subcommand *command, int argc, char **argv, void *into,
                      int *status);

/* All options in turn, the last being --help; NULL behind it. */
const struct zm_option *zm_options_at(const struct zm_subcommand *command, size_t index);

/* The option of that name, or the only one whose name begins so. NULL: none, or several. */
const struct zm_option *zm_options_find(const struct zm_subcommand *command, const char *name,
                                        size_t length);
const struct zm_option *zm_options_find_letter(const struct zm_subcommand *command, char letter);

/* The command of that name among those of another; NULL: none. */
const struct zm_subcommand *zm_subcommand_named(const struct zm_subcommand *parent,
                                                const char *name);

/* The last word of a command's name. */
const char *zm_subcommand_word(const struct zm_subcommand *command);

/* Tells that there is no such command, and which one may be meant. Returns ZM_EXIT_USAGE. */
int zm_subcommand_unknown(const struct zm_subcommand *parent, const char *name);

/* ---- the usual kinds of values ---- */

zm_set zm_set_flag;    /* bool */
zm_set zm_set_text;    /* const char * */
zm_set zm_set_number;  /* uint64_t, within bounds */
zm_set zm_set_seconds; /* double, above 0 */

/* The place of a member of ZM_INTO, the struct that a table's options go into: what includes this
 * defines it. It does not compile for a member of another type. */
#define ZM_PLACE(member, type) _Generic(((ZM_INTO *)0)->member, type : offsetof(ZM_INTO, member))

#define ZM_FLAG(member)        .set = zm_set_flag, .at = ZM_PLACE(member, bool)
#define ZM_TEXT(member)        .set = zm_set_text, .at = ZM_PLACE(member, const char *)
#define ZM_SECONDS_OF(member, name) \
    .set = zm_set_seconds, .at = ZM_PLACE(member, double), .called = name
#define ZM_NUMBER(member, name, from, to)                                                  \
    .set = zm_set_number, .at = ZM_PLACE(member, uint64_t), .called = name, .least = from, \
    .most = to

#endif
