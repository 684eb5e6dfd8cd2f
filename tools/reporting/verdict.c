/* Differences that can be told, in sentences.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "verdict.h"

#include "tools/common/units.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LINE_WIDTH  100
#define FACTOR_FROM 2.0 /* changes above are told as factors */

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

static const double *sort_key; /* for qsort, which passes nothing along */

static int by_ratio(const void *a, const void *b)
{
    double x = sort_key[*(const size_t *)a], y = sort_key[*(const size_t *)b];
    return (x > y) - (x < y);
}

static void tell_row(FILE *out, const struct zm_rows *rows, const struct zm_result *result,
                     size_t r)
{
    const struct zm_finding *time = &result->findings[ZM_WALL][r];
    const struct zm_finding *cpu = &result->findings[ZM_CPU][r];
    const struct zm_finding *memory = &result->findings[ZM_PEAK_RSS][r];
    const char *base = rows->all[rows->baseline].label;
    bool by_cpu = !zm_finding_differs(time) && zm_finding_differs(cpu);
    fputs(rows->all[r].label, out);
    if (zm_finding_differs(time) || by_cpu) {
        fputs(" takes ", out);
        amount(out, by_cpu ? cpu : time, by_cpu ? "CPU time" : "time");
        fprintf(out, " %s %s", (by_cpu ? cpu : time)->interval.ratio >= FACTOR_FROM ? "of" : "than",
                base);
        if (by_cpu)
            fputs(" (no difference in wall time)", out);
        fputs(zm_finding_differs(memory) ? " and uses " : "; no difference in memory. ", out);
    } else {
        fputs(" uses ", out);
    }
    if (zm_finding_differs(memory)) {
        amount(out, memory, "memory");
        fputs(" at peak", out);
        if (!zm_finding_differs(time) && !by_cpu)
            fprintf(out, " %s %s; no difference in time",
                    memory->interval.ratio >= FACTOR_FROM ? "of" : "than", base);
        fputs(". ", out);
    }
}

static void tell_rest(FILE *out, const struct zm_rows *rows, const size_t *rest, size_t count)
{
    for (size_t i = 0; i < count; i++)
        fprintf(out, "%s%s",
                i == 0          ? ""
                : i + 1 < count ? ", "
                                : " and ",
                rows->all[rest[i]].label);
    fprintf(out, ": no difference from %s in time or memory. ", rows->all[rows->baseline].label);
}

static void tell(FILE *out, const struct zm_rows *rows, const struct zm_result *result)
{
    double ratios[ZM_ROWS_MAX];
    size_t order[ZM_ROWS_MAX], rest[ZM_ROWS_MAX], known = 0, untold = 0;
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
            rest[untold++] = r;
    }
    if (untold > 0)
        tell_rest(out, rows, rest, untold);

    const char *base = rows->all[rows->baseline].label;
    bool alone = true;
    for (size_t r = 0; r < rows->count; r++)
        alone = alone && (r == rows->baseline || rows->all[r].control);
    for (size_t r = 0; r < rows->count; r++) {
        const struct zm_finding *time = &result->findings[ZM_WALL][r];
        if (!rows->all[r].control || time->difference == ZM_DIFFERENCE_UNKNOWN)
            continue;
        if (zm_finding_differs(time)) {
            fprintf(out, "Careful: %s takes ", base);
            amount(out, time, "time");
            fputs(" than itself, so the machine is not quiet enough. ", out);
        } else if (alone) {
            fprintf(out, "%s against itself: no difference in time. ", base);
        }
    }
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
