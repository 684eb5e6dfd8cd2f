/* Making cells of what the workload program says.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "cells.h"

#include "tools/common/cli.h"
#include "tools/common/own_file.h"
#include "tools/process/answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define ANSWER_BYTES 32768

int zm_cells_program(const char *subcommand, const char *api, char path[PATH_MAX])
{
    static const struct zm_own_file program = {
        .what = "a workload program",
        .hint = "they are built unless -Dbench=disabled",
        .places = {"../bench/workloads", ZM_LIBEXECDIR_FROM_BINDIR, ZM_LIBEXECDIR},
    };
    char name[32];
    snprintf(name, sizeof name, "workload-%s", api);
    return zm_own_file(subcommand, &program, name, path);
}

/* ---- what the program answers ---- */

/* Gets an answer that must be good. If the program refuses, what it says behind its own name
 * becomes our message. */
static int query(const char *subcommand, char *const *argv, char answer[ANSWER_BYTES])
{
    int ended = 0, error = zm_answer_take(argv, answer, ANSWER_BYTES, &ended);
    if (error) {
        zm_error(subcommand, "can't run '%s': %s", argv[0], strerror(-error));
        return ZM_EXIT_TOOL;
    }
    if (WIFEXITED(ended) && WEXITSTATUS(ended) == 0)
        return 0;
    if (WIFEXITED(ended) && WEXITSTATUS(ended) == ZM_EXIT_USAGE) {
        const char *reason = strstr(answer, ": ");
        answer[strcspn(answer, "\n")] = '\0';
        zm_error(subcommand, "%s", reason ? reason + 2 : answer);
        return ZM_EXIT_USAGE;
    }
    zm_error(subcommand, "'%s' does not answer", argv[0]);
    return ZM_EXIT_TOOL;
}

int zm_cells_describe(const char *subcommand, char *program, FILE *out)
{
    char answer[ANSWER_BYTES], *argv[] = {program, (char *)"--list", NULL};
    int status = query(subcommand, argv, answer);
    if (status == 0)
        fputs(answer, out);
    return status;
}

/* ---- cells ---- */

static int out_of_memory(const char *subcommand)
{
    zm_error(subcommand, "out of memory");
    return ZM_EXIT_TOOL;
}

static bool has(const struct zm_cells *cells, const char *name)
{
    for (size_t i = 0; i < cells->count; i++) {
        if (strcmp(cells->all[i].name, name) == 0)
            return true;
    }
    return false;
}

/* Makes the arguments "a", "b=1", "c=2" of "a:b=1:c=2". False if there are too many. */
static bool cut_up(struct zm_cell *cell, char *program, bool quick)
{
    size_t count = 0;
    cell->argv[count++] = program;
    for (char *word = cell->words; word; count++) {
        if (count == ZM_CELL_WORDS - 1)
            return false;
        cell->argv[count] = word;
        word = strchr(word, ':');
        if (word)
            *word++ = '\0';
    }
    if (quick)
        cell->argv[count++] = (char *)"--quick";
    cell->argv[count] = NULL;
    return true;
}

/* Asks the program whether the arguments are good. */
static int check(const char *subcommand, const struct zm_cell *cell)
{
    char answer[ANSWER_BYTES], *argv[ZM_CELL_WORDS + 3];
    size_t count = 0;
    for (; cell->argv[count]; count++)
        argv[count] = cell->argv[count];
    argv[count++] = (char *)"--check";
    argv[count] = NULL;
    return query(subcommand, argv, answer);
}

static int add(const char *subcommand, const char *text, size_t length, bool sized, bool quick,
               char *program, struct zm_cells *out)
{
    struct zm_cell cell = {0};
    /* What begins with - would be an option of the program. */
    if (length == 0 || text[0] == ':' || text[0] == '-' || memmem(text, length, ":-", 2))
        return zm_usage_error(subcommand, "'%.*s' is no workload's name", (int)length, text);
    bool more = sized && !memmem(text, length, ":sized=", 7);
    if (asprintf(&cell.name, "%.*s%s", (int)length, text, more ? ":sized=1" : "") < 0)
        return out_of_memory(subcommand);
    struct zm_cell *all = realloc(out->all, (out->count + 1) * sizeof *all);
    cell.words = strdup(cell.name);
    if (!all || !cell.words) {
        out->all = all ? all : out->all;
        free(cell.name);
        free(cell.words);
        return out_of_memory(subcommand);
    }
    out->all = all;
    bool twice = has(out, cell.name);
    out->all[out->count++] = cell;
    struct zm_cell *kept = &out->all[out->count - 1];
    if (twice)
        return zm_usage_error(subcommand, "workload '%s' is listed twice", kept->name);
    if (!cut_up(kept, program, quick))
        return zm_usage_error(subcommand, "too many parameters in '%s'", kept->name);
    return check(subcommand, kept);
}

int zm_cells_parse(const char *subcommand, const char *list, bool sized, bool quick, char *program,
                   struct zm_cells *out)
{
    char answer[ANSWER_BYTES], *argv[] = {program, (char *)"--cells", NULL};
    const char *separator = ",";
    *out = (struct zm_cells){0};
    if (!list) {
        int status = query(subcommand, argv, answer);
        if (status != 0)
            return status;
        answer[strlen(answer) - 1] = '\0'; /* the last line's end */
        list = answer;
        separator = "\n";
    }
    for (const char *word = list;; word++) {
        size_t length = strcspn(word, separator);
        /* With sizes everywhere, the variant with sizes is the workload itself. */
        bool same = list == answer && sized && memmem(word, length, ":sized=", 7);
        int status = same ? 0 : add(subcommand, word, length, sized, quick, program, out);
        word += length;
        if (status != 0 || !*word)
            return status;
    }
}

void zm_cells_clear(struct zm_cells *cells)
{
    for (size_t i = 0; i < cells->count; i++) {
        free(cells->all[i].name);
        free(cells->all[i].words);
    }
    free(cells->all);
}
