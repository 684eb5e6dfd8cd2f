/* A table as an array of cells, row by row.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "table.h"

#include "printable.h"
#include "width.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GAP 2 /* spaces between columns */

enum kind { PLAIN, BEST, ASIDE };

struct cell {
    char *text; /* NULL: the cell is covered by an aside, or nothing is in it */
    enum kind kind;
};

struct zm_table {
    char *alignment;
    size_t columns;
    struct cell *cells;
    size_t count, room;
    bool failed;
};

struct zm_table *zm_table_new(const char *alignment)
{
    struct zm_table *table = calloc(1, sizeof *table);
    if (!table)
        return NULL;
    table->alignment = strdup(alignment);
    table->columns = strlen(alignment);
    if (!table->alignment) {
        free(table);
        return NULL;
    }
    return table;
}

void zm_table_free(struct zm_table *table)
{
    if (!table)
        return;
    for (size_t i = 0; i < table->count; i++)
        free(table->cells[i].text);
    free(table->cells);
    free(table->alignment);
    free(table);
}

static char *printable_text(const char *format, va_list args)
{
    char *text;
    if (vasprintf(&text, format, args) < 0)
        return NULL;
    size_t size = (ZM_PRINTABLE_MAX - 1) * strlen(text) + 1;
    char *shown = malloc(size);
    if (shown)
        zm_printable(text, shown, size);
    free(text);
    return shown;
}

static void add(struct zm_table *table, enum kind kind, const char *format, va_list args)
{
    if (table->count == table->room) {
        size_t room = table->room + 16 * table->columns;
        struct cell *cells = realloc(table->cells, room * sizeof *cells);
        if (!cells) {
            table->failed = true;
            return;
        }
        table->cells = cells;
        table->room = room;
    }
    struct cell *cell = &table->cells[table->count++];
    cell->kind = kind;
    cell->text = printable_text(format, args);
    table->failed = table->failed || !cell->text;
    /* There is room for the rest of the row, because room is made for whole rows. */
    while (kind == ASIDE && table->count % table->columns)
        table->cells[table->count++] = (struct cell){NULL, ASIDE};
}

void zm_table_cell(struct zm_table *table, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add(table, PLAIN, format, args);
    va_end(args);
}

void zm_table_best(struct zm_table *table, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add(table, BEST, format, args);
    va_end(args);
}

void zm_table_aside(struct zm_table *table, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add(table, ASIDE, format, args);
    va_end(args);
}

static int width_of(const struct zm_table *table, size_t column)
{
    size_t width = 0;
    for (size_t i = column; i < table->count; i += table->columns) {
        const struct cell *cell = &table->cells[i];
        if (cell->kind != ASIDE && zm_width(cell->text) > width)
            width = zm_width(cell->text);
    }
    return (int)width;
}

/* Gaps are printed before the next text and not behind the last one, so that no line ends in
 * spaces. */
static void print_row(const struct zm_table *table, const struct cell *row, FILE *out, bool colour)
{
    int owed = 0;
    for (size_t c = 0; c < table->columns; c++) {
        int width = width_of(table, c);
        int length = row[c].text ? (int)zm_width(row[c].text) : 0;
        int before = row[c].kind != ASIDE && table->alignment[c] == 'r' ? width - length : 0;
        if (length > 0) {
            bool mark = colour && row[c].kind == BEST;
            fprintf(out, "%*s%s%s%s", owed + before, "", mark ? "\033[1;32m" : "", row[c].text,
                    mark ? "\033[0m" : "");
            owed = 0;
            before = 0;
        }
        owed += before +
                (before + length < width && table->alignment[c] == 'l' ? width - length : 0) + GAP;
    }
    putc('\n', out);
}

int zm_table_print(const struct zm_table *table, FILE *out, bool colour)
{
    if (table->failed)
        return -ENOMEM;
    for (size_t i = 0; i + table->columns <= table->count; i += table->columns)
        print_row(table, table->cells + i, out, colour);
    return 0;
}

bool zm_wants_colour(FILE *out)
{
    const char *no = getenv("NO_COLOR");
    return isatty(fileno(out)) && !(no && *no);
}
