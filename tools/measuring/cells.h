/* What zmalloc bench runs: workloads with their parameters, each a cell of its matrix. Which there
 * are is known to the programs of bench/workloads alone.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_MEASURING_CELLS_H
#define ZM_TOOLS_MEASURING_CELLS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define ZM_CELL_WORDS 24

struct zm_cell {
    char *name;                    /* "larson:sized=1"; owned */
    char *words;                   /* the name, cut up; owned */
    char *argv[ZM_CELL_WORDS + 1]; /* for a workload program: its file, and the words */
};

struct zm_cells {
    struct zm_cell *all;
    size_t count;
};

/* Finds the program for an API: "library", "preload" or "none". Returns 0, or the exit status after
 * printing the reason. */
int zm_cells_program(const char *subcommand, const char *api, char path[PATH_MAX]);

/* Makes the cells of a list "NAME[:PARAMETER=VALUE...],..."; NULL: all that `program` knows. It
 * also refuses those that it does not know. Returns 0, or the exit status after printing the
 * reason. */
int zm_cells_parse(const char *subcommand, const char *list, bool sized, bool quick, char *program,
                   struct zm_cells *out);

void zm_cells_clear(struct zm_cells *cells);

/* Prints what `program` tells of all workloads and their parameters. 0, else the exit status, the
 * reason printed. */
int zm_cells_describe(const char *subcommand, char *program, FILE *out);

#endif
