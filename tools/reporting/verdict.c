/* Putting differences into sentences.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "verdict.h"

#include "tools/common/printable.h"
#include "tools/common/units.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LINE_WIDTH  100
#define FACTOR_FROM 2.0 /* larger changes are written as factors */

static int decimals(double percent)
{
    return fabs(percent) < 9.95 ? 1 : 0;
}

static double half_percent(const struct zm_interval *interval)
{
    return 50 * (interval->high - interval->low);
}

const char *zm_change(const struct zm_finding *finding, char *buf, size_t size)
{
    const struct zm_interval *i = &finding->interval;
    const char *mark = finding->difference == ZM_NO_DIFFERENCE ? "= " : "";
    double percent = 100 * (i->ratio - 1), half = half_percent(i);
    char ratio[16];
    if (i->pairs == 0)
        snprintf(buf, size, "%s", "");
    else if (i->ratio >= FACTOR_FROM)
        snprintf(buf, size, "%s%s", mark, zm_ratio(i->ratio, 1, ratio, sizeof ratio));
    else if (!zm_interval_known(i))
        snprintf(buf, size, "%+.*f +-?", decimals(percent), percent);
    else if (half >= 99.5)
        snprintf(buf, size, "%s%+.*f +->99", mark, decimals(percent), percent);
    else
        snprintf(buf, size, "%s%+.*f +-%.*f", mark, decimals(percent), percent, decimals(half),
                 half);
    return buf;
}

/* "4.1 % +- 1.2 % less time" */
static void amount(FILE *out, const struct zm_finding *finding, const char *of)
{
    const struct zm_interval *i = &finding->interval;
    double percent = 100 * fabs(i->ratio - 1), half = half_percent(i);
    if (i->ratio >= FACTOR_FROM)
        fprintf(out, "%.*f times the %s", i->ratio < 9.95 ? 1 : 0, i->ratio, of);
    else if (half < 0.05)
        fprintf(out, "%.*f %% %s %s", decimals(percent), percent, i->ratio < 1 ? "less" : "more",
                of);
    else
        fprintf(out, "%.*f %% +- %.*f %% %s %s", decimals(percent), percent, decimals(half), half,
                i->ratio < 1 ? "less" : "more", of);
}

/* The word between the amount and the baseline. */
static const char *than(const struct zm_finding *finding)
{
    return finding->interval.ratio >= FACTOR_FROM ? " of " : " than ";
}

static const double *sort_key; /* for by_ratio, because qsort passes nothing on */

static int by_ratio(const void *a, const void *b)
{
    double x = sort_key[*(const size_t *)a], y = sort_key[*(const size_t *)b];
    return (x > y) - (x < y);
}

/* A row that differs from the baseline in something. */
static void tell_row(FILE *out, const struct zm_rows *rows, const struct zm_result *result,
                     size_t r)
{
    const struct zm_finding *wall = &result->findings[ZM_WALL][r];
    const struct zm_finding *cpu = &result->findings[ZM_CPU][r];
    const struct zm_finding *memory = &result->findings[ZM_PEAK_RSS][r];
    const char *base = rows->all[rows->baseline].label;
    bool by_cpu = !zm_finding_differs(wall) && zm_finding_differs(cpu);
    bool in_time = zm_finding_differs(wall) || by_cpu, in_memory = zm_finding_differs(memory);
    const struct zm_finding *time = by_cpu ? cpu : wall;
    zm_put_printable(out, rows->all[r].label);
    if (in_time) {
        fputs(" takes ", out);
        amount(out, time, by_cpu ? "CPU time" : "time");
        zm_put_between(out, than(time), base, by_cpu ? " (no difference in wall time)" : "");
        fputs(in_memory ? " and uses " : "; no difference in memory. ", out);
    } else {
        fputs(" uses ", out);
    }
    if (in_memory) {
        amount(out, memory, "memory");
        fputs(" at peak", out);
        if (!in_time)
            zm_put_between(out, than(memory), base, "; no difference in time");
        fputs(". ", out);
    }
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

/* Returns the number of rows that had enough blocks. */
static size_t tell_rows(FILE *out, const struct zm_rows *rows, const struct zm_result *result)
{
    double ratios[ZM_ROWS_MAX];
    size_t order[ZM_ROWS_MAX], rest[ZM_ROWS_MAX], known = 0, alike = 0;
    for (size_t r = 0; r < rows->count; r++) {
        ratios[r] = result->findings[ZM_WALL][r].interval.ratio;
        if (r != rows->baseline && !rows->all[r].control &&
            result->findings[ZM_WALL][r].difference != ZM_DIFFERENCE_UNKNOWN)
            order[known++] = r;
    }
    sort_key = ratios;
    qsort(order, known, sizeof *order, by_ratio);
    for (size_t i = 0; i < known; i++) {
        size_t r = order[i];
        if (zm_finding_differs(&result->findings[ZM_WALL][r]) ||
            zm_finding_differs(&result->findings[ZM_CPU][r]) ||
            zm_finding_differs(&result->findings[ZM_PEAK_RSS][r]))
            tell_row(out, rows, result, r);
        else
            rest[alike++] = r;
    }
    if (alike > 0)
        tell_rest(out, rows, rest, alike);
    return known;
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
            amount(out, time, "time");
            fputs(" than itself, so the machine is not quiet enough. ", out);
        } else if (alone) {
            zm_put_between(out, "", base, " against itself: no difference in time. ");
        }
    }
}

static void tell(FILE *out, const struct zm_rows *rows, const struct zm_result *result)
{
    bool alone = true;
    for (size_t r = 0; r < rows->count; r++)
        alone = alone && (r == rows->baseline || rows->all[r].control);
    size_t known = tell_rows(out, rows, result);
    tell_control(out, rows, result, alone);
    if (!alone && known == 0)
        fprintf(out, "Too few blocks to tell a difference from noise: %d are the least. ",
                ZM_INTERVAL_PAIRS);
}

char *zm_verdict(const struct zm_rows *rows, const struct zm_result *result)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return NULL;
    tell(out, rows, result);
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }
    if (size > 0)
        text[size - 1] = '\0'; /* the space behind the last sentence */
    return text;
}

int zm_verdict_print(const struct zm_rows *rows, const struct zm_result *result, FILE *out)
{
    char *text = zm_verdict(rows, result);
    if (!text)
        return -ENOMEM;
    if (*text)
        putc('\n', out);
    for (char *rest = text; *rest;) {
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
    free(text);
    return 0;
}
