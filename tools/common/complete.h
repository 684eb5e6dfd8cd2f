/* What may be typed next on a command line: for the shells, which ask 'zmalloc --complete WORD...'
 * with the words behind "zmalloc", the last being the one at the cursor. Each line of the answer is
 * one of these, with tabulators between:
 *
 *   word     a whole word that may stand there, and a description or nothing
 *   files    names of files may stand there, behind the given part of the word
 *   command  the command line of another program begins at the word of this number, "zmalloc" being
 *            number 0
 *
 * Words that do not begin as the one at the cursor does are told too, for each shell has its own
 * way to choose among them. One that ends with '=', ':' or ',' is to be continued.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_COMMON_COMPLETE_H
#define ZM_TOOLS_COMMON_COMPLETE_H

#include "options.h"

/* Answers for a command line of `count` words, "zmalloc" being the first. Returns the exit status.
 */
int zm_complete(const struct zm_subcommand *top, int count, char **words);

/* ---- for functions that offer values ---- */

struct zm_offers {
    const char *typed; /* the word at the cursor */
    size_t kept;       /* as much of it, "--backends=libc,", stays as it is */
    size_t list;       /* where the list begins whose next entry is wanted, if one is */
    bool is_list;
};

/* The value as far as it is typed. */
const char *zm_offers_begun(const struct zm_offers *offers);

/* From here on the entries of a list are offered. False: the first one is wanted. */
bool zm_offers_split(struct zm_offers *offers);

/* A word that may follow what is kept, unless the list has it already. */
void zm_offers_add(const struct zm_offers *offers, const char *word, const char *description);

zm_offer zm_offer_files;
zm_offer zm_offer_words;     /* one of the option's words */
zm_offer zm_offer_word_list; /* some of them, with commas between */

#endif
