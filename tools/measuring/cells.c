/* Cells, by asking the workload program.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "cells.h"

#include "tools/common/cli.h"
#include "tools/common/own_file.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ANSWER_BYTES 32768

extern char **environ;

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

/* ---- asking ---- */

static int start(char *const *argv, int out, int other_end, pid_t *pid)
{
    posix_spawn_file_actions_t files;
    int error = posix_spawn_file_actions_init(&files);
    if (error)
        return error;
    error = posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
    if (!error)
        error = posix_spawn_file_actions_adddup2(&files, out, STDERR_FILENO);
    if (!error)
        error = posix_spawn_file_actions_addclose(&files, other_end);
    if (!error)
        error = posix_spawn(pid, argv[0], &files, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&files);
    return error;
}

/* What the program prints, and how it ends. 0 or -errno. */
static int ask(char *const *argv, char answer[ANSWER_BYTES], int *status)
{
    int ends[2];
    pid_t pid;
    if (pipe(ends) != 0)
        return -errno;
    int error = start(argv, ends[1], ends[0], &pid);
    close(ends[1]);
    size_t used = 0;
    for (ssize_t n; !error && used < ANSWER_BYTES - 1; used += (size_t)n) {
        n = read(ends[0], answer + used, ANSWER_BYTES - 1 - used);
        if (n < 0 && errno == EINTR)
            n = 0;
        else if (n <= 0)
            break;
    }
    answer[used] = '\0';
    close(ends[0]);
    if (error)
        return -error;
    while (waitpid(pid, status, 0) < 0) {
        if (errno != EINTR)
            return -errno;
    }
    return 0;
}

/* An answer that must be good. Its refusal becomes ours: what follows the program's name. */
static int ask_well(const char *subcommand, char *const *argv, char answer[ANSWER_BYTES])
{
    int ended = 0, error = ask(argv, answer, &ended);
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
    int status = ask_well(subcommand, argv, answer);
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

/* "a:b=1:c=2" becomes "a", "b=1", "c=2". */
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

/* Has the program look at the arguments. */
static int check(const char *subcommand, const struct zm_cell *cell)
{
    char answer[ANSWER_BYTES], *argv[ZM_CELL_WORDS + 3];
    size_t count = 0;
    for (; cell->argv[count]; count++)
        argv[count] = cell->argv[count];
    argv[count++] = (char *)"--check";
    argv[count] = NULL;
    return ask_well(subcommand, argv, answer);
}

static int add(const char *subcommand, const char *text, size_t length, bool sized, bool quick,
               char *program, struct zm_cells *out)
{
    struct zm_cell cell = {0};
    /* The program's own options are no parameters. */
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
        int status = ask_well(subcommand, argv, answer);
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
