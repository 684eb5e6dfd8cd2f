/* Help in two columns, wrapped.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "help.h"

#include "pager.h"
#include "tools/common/cli.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define USUAL_WIDTH 80
#define LEAST_WIDTH 40
#define MOST_WIDTH  100 /* longer lines are hard to read */
#define TWO_COLUMNS 60  /* on narrower pages the text stands below its label */
#define LABELS_MAX  24  /* text stands below a label that is wider, too */

/* ---- lines ---- */

struct page {
    FILE *out;
    size_t width;
};

static size_t width_of(int terminal)
{
    const char *columns = getenv("COLUMNS");
    struct winsize size;
    uint64_t width;
    if (!columns || !zm_parse_number(columns, 1, UINT16_MAX, &width))
        width = ioctl(terminal, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : USUAL_WIDTH;
    return width < LEAST_WIDTH ? LEAST_WIDTH : width > MOST_WIDTH ? MOST_WIDTH : (size_t)width;
}

/* Continues a line that has `at` columns already; the lines after it are indented. A word that is
 * wider than the page gets a line of its own. */
static void put_text(const struct page *page, const char *text, size_t at, size_t indent)
{
    bool first = true;
    while (*text) {
        size_t length = strcspn(text, " ");
        if (!first && at + 1 + length > page->width) {
            fprintf(page->out, "\n%*s", (int)indent, "");
            at = indent;
            first = true;
        }
        fprintf(page->out, "%s%.*s", first ? "" : " ", (int)length, text);
        at += length + !first;
        first = false;
        text += length + (text[length] == ' ');
    }
    putc('\n', page->out);
}

static void put_row(const struct page *page, const char *label, const char *text, size_t indent)
{
    int used = fprintf(page->out, "  %s", label);
    if ((size_t)used + 2 > indent) {
        putc('\n', page->out);
        used = 0;
    }
    fprintf(page->out, "%*s", (int)indent - used, "");
    put_text(page, text, indent, indent);
}

/* Where the text begins, if the longest of its labels is so long. */
static size_t indent_for(const struct page *page, size_t longest)
{
    if (page->width < TWO_COLUMNS)
        return 8;
    return 2 + (longest < LABELS_MAX ? longest : LABELS_MAX) + 2;
}

/* ---- parts ---- */

static void put_usage(const struct page *page, const struct zm_subcommand *subcommand)
{
    const char *name = subcommand->name;
    for (size_t i = 0; subcommand->synopses[i]; i++) {
        int used = fprintf(page->out, "%s zmalloc%s%s ", i ? "      " : "Usage:", name ? " " : "",
                           name ? name : "");
        put_text(page, subcommand->synopses[i], (size_t)used, (size_t)used);
    }
    for (size_t i = 0; subcommand->paragraphs[i]; i++) {
        putc('\n', page->out);
        put_text(page, subcommand->paragraphs[i], 0, 0);
    }
}

static void put_subcommands(const struct page *page, const struct zm_subcommand *subcommand)
{
    size_t longest = 0;
    if (!subcommand->below)
        return;
    for (size_t i = 0; subcommand->below[i]; i++) {
        size_t length = strlen(zm_subcommand_word(subcommand->below[i]));
        longest = length > longest ? length : longest;
    }
    fprintf(page->out, "\n%c%ss:\n", toupper((unsigned char)*subcommand->below_are),
            subcommand->below_are + 1);
    for (size_t i = 0; subcommand->below[i]; i++)
        put_row(page, zm_subcommand_word(subcommand->below[i]), subcommand->below[i]->summary,
                indent_for(page, longest));
}

/* "-b, --backends=LIST", "    --stats[=FILE]" */
static void label_of(const struct zm_option *option, char out[64])
{
    char letter[5] = "    ";
    if (option->letter)
        snprintf(letter, sizeof letter, "-%c, ", option->letter);
    snprintf(out, 64, "%s--%s%s%s%s", letter, option->name,
             !option->value           ? ""
             : option->value_optional ? "[="
                                      : "=",
             option->value ? option->value : "", option->value_optional ? "]" : "");
}

static void put_options(const struct page *page, const struct zm_subcommand *subcommand)
{
    const struct zm_option *option;
    char label[64];
    size_t longest = 0;
    for (size_t i = 0; (option = zm_options_at(subcommand, i)); i++) {
        label_of(option, label);
        longest = strlen(label) > longest ? strlen(label) : longest;
    }
    fputs("\nOptions:\n", page->out);
    for (size_t i = 0; (option = zm_options_at(subcommand, i)); i++) {
        label_of(option, label);
        put_row(page, label, option->help, indent_for(page, longest));
    }
}

static void put_notes(const struct page *page, const char *title, const struct zm_note *notes)
{
    size_t longest = 0;
    if (!notes)
        return;
    for (const struct zm_note *note = notes; note->what; note++)
        longest = strlen(note->what) > longest ? strlen(note->what) : longest;
    fprintf(page->out, "\n%s:\n", title);
    for (const struct zm_note *note = notes; note->what; note++)
        put_row(page, note->what, note->text, indent_for(page, longest));
}

/* Each on one line however wide it is, so that it can be copied. */
static void put_examples(const struct page *page, const struct zm_note *examples)
{
    if (!examples)
        return;
    fputs("\nExamples:\n", page->out);
    for (const struct zm_note *example = examples; example->what; example++) {
        fprintf(page->out, "  %s\n      ", example->what);
        put_text(page, example->text, 6, 6);
    }
}

static void put_all(const struct zm_subcommand *subcommand, FILE *out)
{
    const struct page page = {out, width_of(STDOUT_FILENO)};
    put_usage(&page, subcommand);
    put_subcommands(&page, subcommand);
    put_options(&page, subcommand);
    put_notes(&page, "Exit status", subcommand->exit_statuses);
    put_notes(&page, "Environment", subcommand->environment);
    put_examples(&page, subcommand->examples);
}

int zm_help_show(const struct zm_subcommand *subcommand)
{
    struct zm_pager pager;
    zm_pager_begin(&pager);
    put_all(subcommand, pager.out);
    if (!zm_pager_end(&pager))
        put_all(subcommand, stdout);
    return zm_finish_stdout(subcommand->name, ZM_EXIT_OK);
}
