/* The rows of a comparison: each is a backend, with settings of its own where variants are
 * compared.
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

/* A row owns what it points to. */
struct zm_row {
    char label[ZM_LABEL_MAX + 1]; /* unique in the comparison */
    char *backend;
    char **settings; /* "NAME=value" each, then NULL; NULL: none */
    char
        *program; /* the file of a command that the row has instead of the workload's; NULL: none */
    char **argv;
    char *command;    /* the same as one types it */
    char version[64]; /* of the backend; "" while no sample has told */
    bool control;     /* the baseline once more: whatever it differs by is noise */
};

struct zm_rows {
    struct zm_row all[ZM_ROWS_MAX];
    size_t count;
    size_t baseline; /* the row that the others are compared with */
};

/* Fills `out` with copies; a label that is too long is cut. 0, or -ENOMEM. */
int zm_row_make(const char *label, const char *backend, char *const *settings, struct zm_row *out);
void zm_row_clear(struct zm_row *row);

/* The same backend, settings and command under another label. 0, or -ENOMEM. */
int zm_row_copy(const char *label, const struct zm_row *from, struct zm_row *out);

/* Gives it a command, of which it keeps copies. 0, or -ENOMEM. */
int zm_row_set_command(struct zm_row *row, const char *program, char *const *argv);

/* Moves the row in; there must be room. False if one with its label is there. */
bool zm_rows_add(struct zm_rows *rows, struct zm_row *row);
void zm_rows_clear(struct zm_rows *rows);

/* Fills empty rows with one for each backend. Returns 0, or the exit status after printing the
 * reason. */
int zm_rows_from_backends(const char *subcommand, const struct zm_backend_list *backends,
                          struct zm_rows *out);

/* The rows that --with adds. Each text is "BACKEND[,WRAP...]": a backend by name or file
 * (zm_backend_find), and what ZMALLOC_WRAP is to be. The second function moves them behind the
 * others. Both return 0, or the exit status after printing the reason. */
struct zm_more_rows {
    struct zm_row all[ZM_WITH_MAX];
    size_t count;
};
int zm_rows_parse_more(const char *subcommand, const char *text, struct zm_more_rows *more);
int zm_rows_add_more(const char *subcommand, struct zm_more_rows *more, struct zm_rows *rows);
void zm_more_rows_clear(struct zm_more_rows *more);

/* Adds a setting to every row; or, if `both`, makes of each two, one without and one with it, whose
 * label ends in `word`. Returns 0, or the exit status after printing the reason. */
int zm_rows_set(const char *subcommand, const char *setting, bool both, const char *word,
                struct zm_rows *rows);

/* Finds the row that the control repeats; without a control libc, else the first. */
void zm_rows_find_baseline(struct zm_rows *rows);

/* Adds the control as the last row; there must be room. 0, or -ENOMEM. */
int zm_rows_add_control(struct zm_rows *rows);

#endif
