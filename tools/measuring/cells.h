/* What zmalloc bench runs: workloads with their parameters, each a cell of its matrix. The programs
 * of bench/workloads know which there are.
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
    char *words;                   /* the same, cut up; owned */
    char *argv[ZM_CELL_WORDS + 1]; /* of a workload program: itself, then as the words are */
};

struct zm_cells {
    struct zm_cell *all;
    size_t count;
};

/* Finds the program for an API: "library", "preload" or "none". 0, else the exit status, the reason
 * printed. */
int zm_cells_program(const char *subcommand, const char *api, char path[PATH_MAX]);

/* From a list "NAME[:PARAMETER=VALUE...],...", NULL for all there are, as `program` knows them; it
 * refuses what it does not know. Returns 0, else the exit status, the reason printed. */
int zm_cells_parse(const char *subcommand, const char *list, bool sized, bool quick, char *program,
                   struct zm_cells *out);

void zm_cells_clear(struct zm_cells *cells);

/* Prints what `program` tells of all workloads and their parameters. 0, else the exit status, the
 * reason printed. */
int zm_cells_describe(const char *subcommand, char *program, FILE *out);

#endif
