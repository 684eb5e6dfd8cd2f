/* What a subcommand takes on its command line. Parsing, --help, the manual page and the completion
 * of the shells all read the same table, so that they can't disagree.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_OPTIONS_OPTIONS_H
#define ZM_TOOLS_OPTIONS_OPTIONS_H

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
    const char *name;  /* without the "--" */
    char letter;       /* without the "-"; 0: it has none */
    const char *value; /* the word that stands for its value in the help; NULL: it takes none */
    bool value_optional;

    zm_set *set;          /* NULL: this is --help */
    size_t at;            /* the offset of the value's place in the subcommand's struct */
    const char *called;   /* what messages call the value, "the seed" */
    uint64_t least, most; /* what zm_set_number accepts */

    /* A paragraph of plain text, with single quotes around what can be typed. Shells show its first
     * phrase beside the option. */
    const char *help;
    const char *more; /* what the manual page adds to it; NULL: nothing */

    zm_offer *offer;   /* NULL: there is nothing to offer */
    const char *words; /* for zm_offer_words and zm_offer_word_list, separated by spaces */
};

/* An exit status, a variable of the environment, or an example; and what it means. */
struct zm_note {
    const char *what, *text; /* `what` is NULL after the last */
};

/* What may follow the options. */
enum zm_operands {
    ZM_NO_OPERANDS,
    ZM_FILES,
    ZM_PROCESS_IDS,  /* process IDs */
    ZM_COMMAND_LINE, /* another program and its arguments, in which options are not ours */
    ZM_SUBCOMMANDS,  /* names of subcommands */
};

/* A subcommand, or zmalloc itself. */
struct zm_subcommand {
    const char *name; /* without "zmalloc": "bench overhead"; NULL: zmalloc itself */
    const char *summary;
    const char *const *synopses;     /* what may follow the name; NULL after the last */
    const char *const *paragraphs;   /* what it does; NULL after the last */
    const struct zm_option *options; /* ends with one without a name; --help is added */
    const struct zm_note *exit_statuses, *environment, *examples; /* NULL: none */
    enum zm_operands operands;

    const struct zm_subcommand *const
        *below;             /* those that may be named before options; NULL: none */
    const char *below_are;  /* what messages call one of them, "benchmark" */
    const char *below_hint; /* what else may be meant by a word that is none; NULL: nothing */
    int (*main)(int argc, char **argv); /* argv[0] is its own name; returns the exit status */
};

/* The options in turn, the last one being --help; NULL after it. */
const struct zm_option *zm_options_at(const struct zm_subcommand *subcommand, size_t index);

/* The option of that name, or the only one whose name begins with it. NULL: there is none, or there
 * are several. */
const struct zm_option *zm_options_find(const struct zm_subcommand *subcommand, const char *name,
                                        size_t length);
const struct zm_option *zm_options_find_letter(const struct zm_subcommand *subcommand, char letter);

/* The subcommand of that name below `parent`; NULL: there is none. */
const struct zm_subcommand *zm_subcommand_named(const struct zm_subcommand *parent,
                                                const char *name);

/* The last word of its name. */
const char *zm_subcommand_word(const struct zm_subcommand *subcommand);

/* ---- the usual kinds of values ---- */

zm_set zm_set_flag;    /* bool */
zm_set zm_set_text;    /* const char * */
zm_set zm_set_number;  /* uint64_t, within bounds */
zm_set zm_set_seconds; /* double, above 0 */

/* The offset of a member of ZM_INTO, which a file with a table defines as the struct that its
 * options go into. A member of another type does not compile. */
#define ZM_PLACE(member, type) _Generic(((ZM_INTO *)0)->member, type : offsetof(ZM_INTO, member))

#define ZM_FLAG(member)        .set = zm_set_flag, .at = ZM_PLACE(member, bool)
#define ZM_TEXT(member)        .set = zm_set_text, .at = ZM_PLACE(member, const char *)
#define ZM_SECONDS_OF(member, name) \
    .set = zm_set_seconds, .at = ZM_PLACE(member, double), .called = name
#define ZM_NUMBER(member, name, from, to)                                                  \
    .set = zm_set_number, .at = ZM_PLACE(member, uint64_t), .called = name, .least = from, \
    .most = to

#endif
