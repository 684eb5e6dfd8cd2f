/* Text tables: columns lined up, the best figures marked on a terminal.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_COMMON_TABLE_H
#define ZM_TOOLS_COMMON_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct zm_table;

/* `alignment` has a letter for each column: 'l' or 'r' for the side that its text is aligned to.
 * NULL: out of memory. */
struct zm_table *zm_table_new(const char *alignment);
void zm_table_free(struct zm_table *table);

/* These fill the next cell, row by row. The text is made printable. The best cells are marked on a
 * terminal. An aside ends its row, and may run over the columns to its right. If memory runs out,
 * zm_table_print will say so. */
void zm_table_cell(struct zm_table *table, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void zm_table_best(struct zm_table *table, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void zm_table_aside(struct zm_table *table, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* 0, or -ENOMEM. */
int zm_table_print(const struct zm_table *table, FILE *out, bool colour);

/* Colours are for terminals, unless NO_COLOR is set to something. */
bool zm_wants_colour(FILE *out);

#endif
