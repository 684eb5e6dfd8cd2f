/* The rows of a comparison: a backend each, with settings of its own where variants are compared.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_SAMPLES_ROW_H
#define ZM_TOOLS_SAMPLES_ROW_H

#include <stdbool.h>
#include <stddef.h>

#include "backends.h"

#define ZM_ROWS_MAX    64
#define ZM_WITH_MAX    16
#define ZM_LABEL_MAX   24                     /* bytes: a wider one does not fit into the table */
#define ZM_LABEL_SHOWN (4 * ZM_LABEL_MAX + 1) /* bytes of one that was made printable */

struct zm_row {
    char label[ZM_LABEL_MAX + 1]; /* unique in the comparison */
    const char *backend;
    char *const *settings; /* "NAME=value", ends with NULL; NULL: none */
    bool control;          /* the baseline once more: what it differs by is noise */
};

struct zm_rows {
    struct zm_row all[ZM_ROWS_MAX];
    size_t count;
    size_t baseline; /* the row that the others are compared with */
};

/* A row for each backend. */
void zm_rows_from_backends(const struct zm_backend_list *backends, struct zm_rows *out);

/* "BACKEND[,WRAP...]": a backend by name or file (zm_backend_find), and what ZMALLOC_WRAP is to be.
 * Returns 0, else the exit status, the reason printed. What the row points to stays for good. */
int zm_row_parse(const char *subcommand, const char *text, struct zm_row *out);

/* Those that --with names, one more at a time. They return 0, else the exit status, the reason
 * printed. */
struct zm_more_rows {
    struct zm_row all[ZM_WITH_MAX];
    size_t count;
};
int zm_rows_parse_more(const char *subcommand, const char *text, struct zm_more_rows *more);
int zm_rows_add_more(const char *subcommand, const struct zm_more_rows *more, struct zm_rows *rows);

/* Adds a copy. There must be room. False: one with its label is there. */
bool zm_rows_add(struct zm_rows *rows, const struct zm_row *row);

/* The row that the control repeats; without one libc, else the first. */
void zm_rows_find_baseline(struct zm_rows *rows);

/* Adds the control, last. There must be room. */
void zm_rows_add_control(struct zm_rows *rows);

#endif
