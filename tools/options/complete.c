/* Follows a command line up to the cursor as getopt_long will, then offers what may stand there.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "complete.h"

#include "tools/common/cli.h"
#include "tools/common/printable.h"
#include "tools/live/processes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- offering values ---- */

const char *zm_offers_begun(const struct zm_offers *offers)
{
    return offers->typed + offers->kept;
}

bool zm_offers_split(struct zm_offers *offers)
{
    const char *comma = strrchr(zm_offers_begun(offers), ',');
    offers->list = offers->kept;
    offers->is_list = true;
    if (comma)
        offers->kept = (size_t)(comma + 1 - offers->typed);
    return comma;
}

/* Whether the word is among the entries before the one at the cursor. */
static bool listed(const struct zm_offers *offers, const char *word)
{
    size_t length = strlen(word);
    const char *end = offers->typed + offers->kept;
    for (const char *entry = offers->typed + offers->list; entry < end; entry++) {
        size_t entry_length = strcspn(entry, ",");
        if (entry_length == length && strncmp(entry, word, length) == 0)
            return true;
        entry += entry_length;
    }
    return false;
}

void zm_offers_add(const struct zm_offers *offers, const char *word, const char *description)
{
    if (!offers->is_list || !listed(offers, word))
        printf("word\t%.*s%s\t%s\n", (int)offers->kept, offers->typed, word, description);
}

void zm_offer_files(const struct zm_option *option, struct zm_offers *offers)
{
    (void)option;
    printf("files\t%.*s\n", (int)offers->kept, offers->typed);
}

static void offer_words(const struct zm_option *option, const char *after, struct zm_offers *offers)
{
    char word[64];
    for (const char *rest = option->words; *rest; rest += strspn(rest, " ")) {
        size_t length = strcspn(rest, " ");
        snprintf(word, sizeof word, "%.*s%s", (int)length, rest, after);
        zm_offers_add(offers, word, "");
        rest += length;
    }
}

void zm_offer_words(const struct zm_option *option, struct zm_offers *offers)
{
    offer_words(option, "", offers);
}

void zm_offer_word_list(const struct zm_option *option, struct zm_offers *offers)
{
    zm_offers_split(offers);
    zm_offer_words(option, offers);
}

void zm_offer_formats(const struct zm_option *option, struct zm_offers *offers)
{
    const char *colon = strchr(zm_offers_begun(offers), ':');
    if (!colon) {
        offer_words(option, ":", offers);
        return;
    }
    offers->kept = (size_t)(colon + 1 - offers->typed);
    zm_offer_files(option, offers);
}

void zm_offer_processes(const struct zm_option *option, struct zm_offers *offers)
{
    pid_t *pids;
    size_t count;
    (void)option;
    if (zm_processes(&pids, &count) != 0)
        return;
    for (size_t i = 0; i < count; i++) {
        char name[64], shown[256], number[24];
        snprintf(number, sizeof number, "%ld", (long)pids[i]);
        if (zm_process_name(pids[i], name, sizeof name))
            zm_offers_add(offers, number, zm_printable(name, shown, sizeof shown));
    }
    free(pids);
}

static void offer_value(const struct zm_option *option, const char *typed, size_t kept)
{
    struct zm_offers offers = {.typed = typed, .kept = kept};
    if (option && option->offer)
        option->offer(option, &offers);
}

/* ---- offering options and operands ---- */

/* The length of the first phrase: it ends with the text, or with a mark before a space. */
static int phrase_length(const char *help)
{
    size_t length = 0;
    while (help[length] && !(strchr(".;:", help[length]) && strchr(" ", help[length + 1])))
        length++;
    return (int)length;
}

static void offer_options(const struct zm_subcommand *subcommand)
{
    const struct zm_option *option;
    for (size_t i = 0; (option = zm_options_at(subcommand, i)); i++) {
        int length = phrase_length(option->help);
        if (!option->value || option->value_optional)
            printf("word\t--%s\t%.*s\n", option->name, length, option->help);
        if (option->value)
            printf("word\t--%s=\t%.*s\n", option->name, length, option->help);
    }
}

static void offer_subcommands(const struct zm_subcommand *parent)
{
    for (size_t i = 0; parent->below && parent->below[i]; i++)
        printf("word\t%s\t%s\n", zm_subcommand_word(parent->below[i]), parent->below[i]->summary);
}

/* ---- following the line ---- */

struct line {
    const struct zm_subcommand *subcommand;
    const struct zm_subcommand *named; /* by the operands so far, if they name subcommands */
    const struct zm_option *waiting;   /* has its value in the next word; NULL: none */
    int number;                        /* of the next word */
    bool first;                        /* nothing stands between it and the subcommand's name */
    bool operands_only;                /* "--" was there */
};

/* The option of a word like "--backends" or "-qb" whose value is the next word; NULL: none. */
static const struct zm_option *waiting_after(const struct zm_subcommand *subcommand,
                                             const char *word)
{
    const struct zm_option *option = NULL;
    const char *end = "";
    if (word[1] == '-') {
        end = word + strcspn(word, "=");
        option = zm_options_find(subcommand, word + 2, (size_t)(end - word) - 2);
    }
    for (const char *letter = word + 1; word[1] != '-' && *letter; letter++) {
        option = zm_options_find_letter(subcommand, *letter);
        end = letter + 1;
        if (!option || option->value)
            break;
    }
    return option && option->value && !option->value_optional && !*end ? option : NULL;
}

/* Reads the next word. Returns false if another program's command line begins with it. */
static bool follow(struct line *line, const char *word)
{
    line->first = false;
    if (line->waiting) {
        line->waiting = NULL;
    } else if (!line->operands_only && word[0] == '-' && word[1]) {
        line->operands_only = strcmp(word, "--") == 0;
        if (!line->operands_only)
            line->waiting = waiting_after(line->subcommand, word);
    } else if (line->subcommand->operands == ZM_COMMAND_LINE) {
        return false;
    } else if (line->subcommand->operands == ZM_SUBCOMMANDS && line->named) {
        line->named = zm_subcommand_named(line->named, word);
    }
    line->number++;
    return true;
}

static void offer_operands(const struct line *line, const char *typed)
{
    switch (line->subcommand->operands) {
    case ZM_COMMAND_LINE:
        printf("command\t%d\n", line->number);
        break;
    case ZM_FILES:
        offer_value(&(struct zm_option){.offer = zm_offer_files}, typed, 0);
        break;
    case ZM_PROCESS_IDS:
        offer_value(&(struct zm_option){.offer = zm_offer_processes}, typed, 0);
        break;
    case ZM_SUBCOMMANDS:
        if (line->named)
            offer_subcommands(line->named);
        break;
    case ZM_NO_OPERANDS:
        if (line->first)
            offer_subcommands(line->subcommand);
        if (!line->operands_only)
            offer_options(line->subcommand);
    }
}

static void offer(const struct line *line, const char *typed)
{
    size_t name = strcspn(typed, "=");
    if (line->waiting)
        offer_value(line->waiting, typed, 0);
    else if (line->operands_only || typed[0] != '-')
        offer_operands(line, typed);
    else if (typed[1] == '-' && typed[name])
        offer_value(zm_options_find(line->subcommand, typed + 2, name - 2), typed, name + 1);
    else if (typed[1] && typed[1] != '-' && typed[2])
        offer_value(zm_options_find_letter(line->subcommand, typed[1]), typed, 2);
    else
        offer_options(line->subcommand);
}

/* Whether the word is an option that a subcommand may follow. */
static bool is_flag(const struct zm_subcommand *top, const char *word)
{
    const struct zm_option *option = NULL;
    if (strncmp(word, "--", 2) == 0 && word[2])
        option = zm_options_find(top, word + 2, strlen(word + 2));
    return option && option->set && !option->value;
}

int zm_complete(const struct zm_subcommand *top, int count, char **words)
{
    struct line line = {.subcommand = top, .named = top, .number = 1, .first = true};
    int last = count - 1;
    while (line.number < last && is_flag(top, words[line.number]))
        line.number++;
    for (; line.number < last; line.number++) {
        const struct zm_subcommand *below =
            zm_subcommand_named(line.subcommand, words[line.number]);
        if (!below)
            break;
        line.subcommand = below;
    }
    while (line.number < last && follow(&line, words[line.number]))
        continue;
    if (line.number < last)
        printf("command\t%d\n", line.number);
    else if (line.number == last)
        offer(&line, words[last]);
    return zm_finish_stdout(NULL, ZM_EXIT_OK);
}
