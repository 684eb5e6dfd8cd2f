/* Putting differences into sentences.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "verdict.h"

#include "change.h"
#include "own_allocator_text.h"
#include "tools/common/printable.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LINE_WIDTH 80

static const double *sort_key; /* for by_ratio, because qsort passes nothing on */

static int by_ratio(const void *a, const void *b)
{
    double x = sort_key[*(const size_t *)a], y = sort_key[*(const size_t *)b];
    return (x > y) - (x < y);
}

static enum zm_difference difference(const struct zm_result *result, enum zm_figure figure,
                                     size_t r)
{
    return result->findings[figure][r].difference;
}

static bool differs(const struct zm_result *result, enum zm_figure figure, size_t r)
{
    return zm_finding_differs(&result->findings[figure][r]);
}

/* What is said of the one of two things that does not differ. */
static const char *no_difference(const struct zm_result *result, enum zm_figure figure, size_t r)
{
    bool known = difference(result, figure, r) != ZM_DIFFERENCE_UNKNOWN;
    if (figure == ZM_PEAK_MEMORY)
        return known ? "no difference in memory" : "its memory is not known well enough";
    return known ? "no difference in time" : "its time is not known well enough";
}

/* What threads beside it, or waiting, hide. */
static void tell_contrary_cpu(FILE *out, const struct zm_result *result, size_t r)
{
    const struct zm_interval *wall = &result->findings[ZM_WALL][r].interval,
                             *cpu = &result->findings[ZM_CPU][r].interval;
    if (!differs(result, ZM_CPU, r) || (cpu->ratio > 1) == (wall->ratio > 1))
        return;
    fputs(" (but ", out);
    zm_change_in_words(out, cpu, "CPU time");
    fputc(')', out);
}

/* A row that differs from the baseline in something, or in which something is not known. */
static void tell_row(FILE *out, const struct zm_rows *rows, const struct zm_result *result,
                     size_t r)
{
    const char *base = rows->all[rows->baseline].label;
    bool by_cpu = !differs(result, ZM_WALL, r) && differs(result, ZM_CPU, r);
    bool in_time = differs(result, ZM_WALL, r) || by_cpu,
         in_memory = differs(result, ZM_PEAK_MEMORY, r);
    const struct zm_interval *time = &result->findings[by_cpu ? ZM_CPU : ZM_WALL][r].interval;
    const struct zm_interval *memory = &result->findings[ZM_PEAK_MEMORY][r].interval;
    zm_put_printable(out, rows->all[r].label);
    if (in_time) {
        fputs(" takes ", out);
        zm_change_in_words(out, time, by_cpu ? "CPU time" : "time");
        zm_put_between(out, zm_change_than(time), base, "");
        if (by_cpu)
            fprintf(out, " (%s)",
                    difference(result, ZM_WALL, r) == ZM_NO_DIFFERENCE
                        ? "no difference in wall time"
                        : "its wall time is not known well enough");
        else
            tell_contrary_cpu(out, result, r);
    }
    if (in_memory) {
        fputs(in_time ? " and uses " : " uses ", out);
        zm_change_in_words(out, memory, "memory");
        fputs(" at peak", out);
        if (!in_time)
            zm_put_between(out, zm_change_than(memory), base, "");
    }
    if (in_time != in_memory)
        fprintf(out, "; %s. ", no_difference(result, in_time ? ZM_PEAK_MEMORY : ZM_WALL, r));
    else if (in_time)
        fputs(". ", out);
    else
        fprintf(out, ": %s; %s. ", no_difference(result, ZM_WALL, r),
                no_difference(result, ZM_PEAK_MEMORY, r));
}

/* The rows that differ in nothing. */
static void tell_rest(FILE *out, const struct zm_rows *rows, const size_t *rest, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *before = i == 0 ? "" : i + 1 < count ? ", " : " and ";
        zm_put_between(out, before, rows->all[rest[i]].label, "");
    }
    zm_put_between(out, ": no difference from ", rows->all[rows->baseline].label,
                   " in time or memory. ");
}

/* Whether there were enough blocks for any of the figures that are told. */
static bool known_at_all(const struct zm_result *result, size_t r)
{
    return difference(result, ZM_WALL, r) != ZM_DIFFERENCE_UNKNOWN ||
           difference(result, ZM_CPU, r) != ZM_DIFFERENCE_UNKNOWN ||
           difference(result, ZM_PEAK_MEMORY, r) != ZM_DIFFERENCE_UNKNOWN;
}

static bool alike_in_all(const struct zm_result *result, size_t r)
{
    return difference(result, ZM_WALL, r) == ZM_NO_DIFFERENCE &&
           difference(result, ZM_PEAK_MEMORY, r) == ZM_NO_DIFFERENCE && !differs(result, ZM_CPU, r);
}

/* Returns the number of rows of which something is known. */
static size_t tell_rows(FILE *out, const struct zm_rows *rows, const struct zm_result *result)
{
    double ratios[ZM_ROWS_MAX];
    size_t order[ZM_ROWS_MAX], rest[ZM_ROWS_MAX], known = 0, alike = 0;
    for (size_t r = 0; r < rows->count; r++) {
        ratios[r] = result->findings[ZM_WALL][r].interval.ratio;
        if (r != rows->baseline && !rows->all[r].control && known_at_all(result, r))
            order[known++] = r;
    }
    sort_key = ratios;
    qsort(order, known, sizeof *order, by_ratio);
    for (size_t i = 0; i < known; i++) {
        if (alike_in_all(result, order[i]))
            rest[alike++] = order[i];
        else
            tell_row(out, rows, result, order[i]);
    }
    if (alike > 0)
        tell_rest(out, rows, rest, alike);
    return known;
}

/* Who reads no more than the sentences must not take a row for one that wasn't there. */
static void tell_failed(FILE *out, const struct zm_rows *rows, const struct zm_result *result)
{
    for (size_t r = 0; r < rows->count; r++) {
        size_t runs = result->good[r] + result->failed[r];
        if (result->failed[r] == 0 || rows->all[r].control)
            continue;
        zm_put_between(out, "", rows->all[r].label, " failed in ");
        fprintf(out, "%zu of %zu run%s%s. ", result->failed[r], runs, runs == 1 ? "" : "s",
                r == rows->baseline && result->good[r] == 0 ? ", so nothing can be compared with it"
                                                            : "");
    }
}

/* The baseline against itself. `alone`: there is no other row. */
static void tell_control(FILE *out, const struct zm_rows *rows, const struct zm_result *result,
                         bool alone)
{
    const char *base = rows->all[rows->baseline].label;
    for (size_t r = 0; r < rows->count; r++) {
        const struct zm_finding *time = &result->findings[ZM_WALL][r];
        if (!rows->all[r].control || time->difference == ZM_DIFFERENCE_UNKNOWN)
            continue;
        if (zm_finding_differs(time)) {
            zm_put_between(out, "Careful: ", base, " takes ");
            zm_change_in_words(out, &time->interval, "time");
            zm_put_between(out, zm_change_than(&time->interval), "itself",
                           ", so the machine is not quiet enough. ");
        } else if (alone) {
            zm_put_between(out, "", base, " against itself: no difference in time. ");
        }
    }
}

static void tell(FILE *out, const struct zm_rows *rows, const struct zm_result *result)
{
    bool alone = true;
    if (result->blocks == 0) {
        fputs("No run counts, so nothing can be told. ", out);
        return;
    }
    for (size_t r = 0; r < rows->count; r++)
        alone = alone && (r == rows->baseline || rows->all[r].control);
    size_t known = tell_rows(out, rows, result);
    tell_failed(out, rows, result);
    tell_control(out, rows, result, alone);
    if (!alone && known == 0 && result->good[rows->baseline] > 0)
        fprintf(out, "Too few blocks to tell a difference from noise: %d are the least. ",
                ZM_INTERVAL_PAIRS);
}

static void tell_hidden(FILE *out, const struct zm_evidence *e, const struct zm_result *result)
{
    char text[512];
    zm_own_allocator_text(e, result, text, sizeof text);
    if (*text)
        fprintf(out, "Careful: %s ", text);
}

char *zm_verdict(const struct zm_evidence *e, const struct zm_result *result)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return NULL;
    tell(out, e->rows, result);
    tell_hidden(out, e, result);
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }
    if (size > 0)
        text[size - 1] = '\0'; /* the space behind the last sentence */
    return text;
}

void zm_verdict_put_lines(FILE *out, const char *rest)
{
    while (*rest) {
        size_t length = strlen(rest);
        if (length > LINE_WIDTH) {
            length = LINE_WIDTH;
            while (length > 0 && rest[length] != ' ')
                length--;
            if (length == 0)
                length = strcspn(rest, " ");
        }
        fprintf(out, "%.*s\n", (int)length, rest);
        rest += length + (rest[length] == ' ');
    }
}

int zm_verdict_print(const struct zm_evidence *e, const struct zm_result *result, FILE *out)
{
    char *text = zm_verdict(e, result);
    if (!text)
        return -ENOMEM;
    if (*text)
        putc('\n', out);
    zm_verdict_put_lines(out, text);
    free(text);
    return 0;
}
