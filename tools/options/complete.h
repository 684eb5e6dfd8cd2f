/* What may be typed next on a command line. Shells run 'zmalloc --complete WORD...' with the words
 * that follow "zmalloc", up to the one at the cursor. The answer has lines of three kinds;
 * tabulators separate the fields:
 *
 *   word     a whole word that may stand at the cursor; its description, which may be empty
 *   files    a part of the word at the cursor; the name of a file may follow it
 *   command  the number of the word that begins another program's command line; the word
 *            "zmalloc" is number 0
 *
 * Words are printed even if the one at the cursor begins in another way, for each shell has its own
 * way to choose among them. A word that ends with '=', ':' or ',' is to be continued.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_OPTIONS_COMPLETE_H
#define ZM_TOOLS_OPTIONS_COMPLETE_H

#include "options.h"

/* Answers for a command line of `count` words, the first being "zmalloc". Returns the exit status.
 */
int zm_complete(const struct zm_subcommand *top, int count, char **words);

/* ---- for functions that offer values ---- */

struct zm_offers {
    const char *typed; /* the word at the cursor */
    size_t kept;       /* how much of it stays as it is: "--backends=libc," */
    size_t list;       /* where the list begins, if it is one */
    bool is_list;
};

/* The value as far as it is typed. */
const char *zm_offers_begun(const struct zm_offers *offers);

/* From now on offers the next entry of a list. Returns false if it is the first one. */
bool zm_offers_split(struct zm_offers *offers);

/* Offers a word after what is kept, unless the list has it already. */
void zm_offers_add(const struct zm_offers *offers, const char *word, const char *description);

zm_offer zm_offer_files;     /* of a command line, too: its first word may be one */
zm_offer zm_offer_processes; /* those that the system shows, each with the name of its program */
zm_offer zm_offer_words;     /* one of the option's words */
zm_offer zm_offer_formats;   /* one of them, a colon and a file */
zm_offer zm_offer_word_list; /* some of them, with commas between */

#endif
