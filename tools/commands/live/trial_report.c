/* What a trial has found.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "tools/common/printable.h"
#include "tools/common/table.h"
#include "tools/common/units.h"
#include "tools/statistics/statistics.h"
#include "trial.h"

typedef double figure(const struct zm_turn *turn);

static double rss_of(const struct zm_turn *turn)
{
    return turn->rss;
}

static double used_of(const struct zm_turn *turn)
{
    return turn->used;
}

static double share_of(const struct zm_turn *turn)
{
    return turn->cpu_s >= 0 && turn->seconds > 0 ? turn->cpu_s / turn->seconds : -1;
}

static double rate_of(const struct zm_turn *turn)
{
    return turn->seconds > 0 ? turn->allocs / turn->seconds : -1;
}

static double cost_of(const struct zm_turn *turn)
{
    double seconds = zm_turn_metric(turn, ZM_TRIAL_CPU);
    return seconds < 0 ? seconds : seconds * 1e9;
}

static double processes_of(const struct zm_turn *turn)
{
    return (double)turn->processes;
}

static double number_of(const struct zm_turn *turn)
{
    return turn->number;
}

/* ---- what the turns of a backend say together ---- */

/* The median, over the turns that count. Negative: there is none. */
static double median(const struct zm_turns *turns, size_t backend, figure *figure)
{
    double values[ZM_TRIAL_ROUNDS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < turns->count; i++) {
        const struct zm_turn *turn = &turns->all[i];
        if (turn->backend == backend && !turn->problem[0] && figure(turn) >= 0)
            values[count++] = figure(turn);
    }
    return count ? zm_spread(values, count).median : -1;
}

static double metric_at(const struct zm_turns *turns, size_t backend, unsigned round)
{
    for (size_t i = 0; i < turns->count; i++)
        if (turns->all[i].backend == backend && turns->all[i].round == round)
            return zm_turn_metric(&turns->all[i], turns->trial->metric);
    return -1;
}

/* How the metric compares with the first's, round by round. */
static struct zm_spread ratios(const struct zm_turns *turns, size_t backend)
{
    double values[ZM_TRIAL_ROUNDS_MAX];
    size_t count = 0;
    for (unsigned round = 1; round <= turns->trial->rounds; round++) {
        double own = metric_at(turns, backend, round),
               first = metric_at(turns, turns->first, round);
        if (own >= 0 && first > 0)
            values[count++] = own / first;
    }
    return zm_spread(values, count);
}

static figure *metric_figure(const struct zm_trial *trial)
{
    return trial->metric == ZM_TRIAL_RSS   ? rss_of
           : trial->metric == ZM_TRIAL_CPU ? cost_of
                                           : number_of;
}

static bool is_better(const struct zm_trial *trial, double a, double b)
{
    return trial->most ? a > b : a < b;
}

static bool was_tried(const struct zm_turns *turns, size_t backend)
{
    return median(turns, backend, metric_figure(turns->trial)) >= 0;
}

bool zm_trial_beats_first(const struct zm_turns *turns, size_t backend)
{
    size_t compared = 0;
    for (unsigned round = 1; round <= turns->trial->rounds; round++) {
        double own = metric_at(turns, backend, round),
               first = metric_at(turns, turns->first, round);
        if (own < 0 || first < 0)
            continue;
        if (!is_better(turns->trial, own, first))
            return false;
        compared++;
    }
    return compared > 0;
}

size_t zm_trial_best(const struct zm_turns *turns)
{
    figure *of = metric_figure(turns->trial);
    size_t best = ZM_LIVE_BACKENDS;
    for (size_t i = 0; i < ZM_LIVE_BACKENDS; i++) {
        double own = median(turns, i, of);
        if (own >= 0 &&
            (best == ZM_LIVE_BACKENDS || is_better(turns->trial, own, median(turns, best, of))))
            best = i;
    }
    if (best == ZM_LIVE_BACKENDS)
        return turns->first;
    if (best == turns->first || turns->first == ZM_LIVE_BACKENDS || !was_tried(turns, turns->first))
        return best;
    return zm_trial_beats_first(turns, best) ? best : turns->first;
}

/* ---- as a table ---- */

static const char *shown(enum zm_quantity quantity, double value, char *buf, size_t size)
{
    return value < 0 ? "-" : zm_with_unit(quantity, value, buf, size);
}

static void add_ratio(struct zm_table *table, const struct zm_turns *turns, size_t backend,
                      size_t best)
{
    struct zm_spread spread = ratios(turns, backend);
    char text[64];
    if (spread.count == 0)
        snprintf(text, sizeof text, "-");
    else if (backend == turns->first || spread.count == 1)
        snprintf(text, sizeof text, "%.2fx", spread.median);
    else
        snprintf(text, sizeof text, "%.2fx (%.2f to %.2f)", spread.median, spread.min, spread.max);
    (backend == best ? zm_table_best : zm_table_aside)(table, "%s", text);
}

static void add_row(struct zm_table *table, const struct zm_turns *turns, size_t backend,
                    size_t best)
{
    char buf[32];
    double number = median(turns, backend, number_of);
    zm_table_cell(table, "%s", turns->page->backends[backend].name);
    zm_table_cell(table, "%s", shown(ZM_BYTES, median(turns, backend, rss_of), buf, sizeof buf));
    zm_table_cell(table, "%s", shown(ZM_BYTES, median(turns, backend, used_of), buf, sizeof buf));
    zm_table_cell(table, "%s", shown(ZM_SHARE, median(turns, backend, share_of), buf, sizeof buf));
    zm_table_cell(table, "%s", shown(ZM_COUNT, median(turns, backend, rate_of), buf, sizeof buf));
    zm_table_cell(table, "%s",
                  shown(ZM_NANOSECONDS, median(turns, backend, cost_of), buf, sizeof buf));
    if (turns->trial->children)
        zm_table_cell(table, "%s",
                      shown(ZM_COUNT, median(turns, backend, processes_of), buf, sizeof buf));
    if (turns->trial->metric == ZM_TRIAL_COMMAND && number >= 0)
        zm_table_cell(table, "%.6g", number);
    else if (turns->trial->metric == ZM_TRIAL_COMMAND)
        zm_table_cell(table, "-");
    add_ratio(table, turns, backend, best);
}

static const char *const called[] = {
    [ZM_TRIAL_RSS] = "resident memory",
    [ZM_TRIAL_CPU] = "CPU time for each allocation",
    [ZM_TRIAL_COMMAND] = "the command's number",
};

static void print_verdict(const struct zm_turns *turns, size_t best)
{
    const struct zm_live_backend *backends = turns->page->backends;
    const char *metric = called[turns->trial->metric];
    struct zm_spread spread = best < ZM_LIVE_BACKENDS ? ratios(turns, best) : (struct zm_spread){0};
    if (best == ZM_LIVE_BACKENDS || !was_tried(turns, best)) {
        puts("No turn counts.");
    } else if (best == turns->first) {
        printf("None beat %s in %s in every round.\n", backends[best].name, metric);
    } else if (spread.count == 0) {
        printf("Best in %s: %s.\n", metric, backends[best].name);
    } else {
        printf("Best in %s: %s, %.2f times %s's, ", metric, backends[best].name, spread.median,
               backends[turns->first].name);
        if (spread.count == 1)
            puts("in one round, which may be chance: see --rounds.");
        else
            printf("and better in each of %zu rounds.\n", spread.count);
    }
}

int zm_trial_print(const struct zm_turns *turns, size_t best, size_t stays)
{
    bool command = turns->trial->metric == ZM_TRIAL_COMMAND;
    const char *memory = turns->pss ? "PSS" : "RSS";
    const char *const heads[] = {"backend",
                                 memory,
                                 "used",
                                 "CPU",
                                 "allocs/s",
                                 "CPU/alloc",
                                 turns->trial->children ? "processes" : NULL,
                                 command ? "number" : NULL};
    const size_t columns = sizeof heads / sizeof *heads;
    char layout[sizeof heads / sizeof *heads + 2] = "";
    for (size_t i = 0; i < columns; i++)
        if (heads[i])
            strcat(layout, i == 0 ? "l" : "r");
    struct zm_table *table = zm_table_new(strcat(layout, "l"));
    if (!table)
        return -ENOMEM;
    for (size_t i = 0; i < columns; i++)
        if (heads[i])
            zm_table_cell(table, "%s", heads[i]);
    zm_table_aside(table, "%s's ratio",
                   command                                ? "number"
                   : turns->trial->metric == ZM_TRIAL_RSS ? memory
                                                          : "CPU/alloc");
    for (size_t i = 0; i < ZM_LIVE_BACKENDS; i++)
        for (size_t turn = 0; turn < turns->count; turn++)
            if (turns->all[turn].backend == i) {
                add_row(table, turns, i, best);
                break;
            }
    int status = zm_table_print(table, stdout, zm_wants_colour(stdout));
    zm_table_free(table);
    for (size_t i = 0; i < turns->count; i++)
        if (turns->all[i].problem[0])
            printf("Does not count: %s in round %u: %s.\n",
                   turns->page->backends[turns->all[i].backend].name, turns->all[i].round,
                   turns->all[i].problem);
    print_verdict(turns, best);
    if (stays < ZM_LIVE_BACKENDS)
        printf("The process%s with %s %s.\n", turns->trial->children ? "es run" : " runs",
               turns->page->backends[stays].name, stays == turns->first ? "again" : "now");
    return status;
}

/* ---- as JSON ---- */

static json_t *known(double value)
{
    return value < 0 ? json_null() : json_real(value);
}

static json_t *name(const struct zm_turns *turns, size_t backend)
{
    char buf[128];
    return backend < ZM_LIVE_BACKENDS
               ? json_string(zm_printable(turns->page->backends[backend].name, buf, sizeof buf))
               : json_null();
}

static json_t *turn_of(const struct zm_turns *turns, const struct zm_turn *turn)
{
    return json_pack(
        "{so si sf so so so sI sI sI so so so so so}", "backend", name(turns, turn->backend),
        "round", (int)turn->round, "seconds", turn->seconds, "rss_bytes",
        known(turns->pss ? -1 : turn->rss), "pss_bytes", known(turns->pss ? turn->rss : -1),
        "used_bytes", known(turn->used), "processes", (json_int_t)turn->processes,
        "processes_switched", (json_int_t)turn->switched, "processes_seen", (json_int_t)turn->seen,
        "cpu_s", known(turn->cpu_s), "allocs", known(turn->allocs), "number", known(turn->number),
        "metric", known(zm_turn_metric(turn, turns->trial->metric)), "problem",
        turn->problem[0] ? json_string(turn->problem) : json_null());
}

int zm_trial_print_json(const struct zm_turns *turns, size_t best, size_t stays)
{
    json_t *list = json_array();
    int status = list ? 0 : -ENOMEM;
    for (size_t i = 0; i < turns->count; i++)
        status |= json_array_append_new(list, turn_of(turns, &turns->all[i]));
    json_t *object =
        json_pack("{ss ss so so so so}", "metric",
                  turns->trial->metric_text ? turns->trial->metric_text : "rss", "memory",
                  turns->pss ? "pss" : "rss", "before", name(turns, turns->first), "best",
                  name(turns, best), "now", name(turns, stays), "turns", list);
    if (object && status == 0)
        status = json_dumpf(object, stdout, JSON_COMPACT) == 0 ? 0 : -ENOMEM;
    if (object)
        putchar('\n');
    json_decref(object);
    return object && status == 0 ? 0 : -ENOMEM;
}
