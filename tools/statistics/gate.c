/* Counters that never vary are judged as numbers; all else by intervals that all rules together
 * leave in one of 1,000 cases on the side where the alarm is.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "gate.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What is being judged. */
struct judgement {
    const struct zm_evidence *before, *now;
    size_t row_before, pair;
    const char *no_times;
    double level;
};

#define SAME_LEAST 3 /* runs: what an interrupt disturbs is not the same so often */

/* Instructions are no more than a measurement where the hardware counts them. A simulator's are a
 * number, which shows in that they are always the same. */
static bool is_counter(enum zm_figure figure, size_t runs)
{
    return figure == ZM_ALLOCATIONS || figure == ZM_ALLOCATED || figure == ZM_PEAK_LIVE ||
           (figure == ZM_INSTRUCTIONS && runs >= SAME_LEAST);
}

static bool is_time(enum zm_figure figure)
{
    enum zm_quantity quantity = zm_figure_info(figure)->quantity;
    return quantity == ZM_SECONDS || quantity == ZM_NANOSECONDS || figure == ZM_THROUGHPUT;
}

static bool never_varies(const struct zm_spread *spread)
{
    return spread->count > 0 && spread->min == spread->max;
}

static void undecided(struct zm_ruling *out, const char *why)
{
    out->verdict = ZM_GATE_UNDECIDED;
    out->why = why;
}

static void decide(struct zm_ruling *out)
{
    const struct zm_rule *rule = out->rule;
    double limit = rule->relative ? rule->limit : 1;
    bool worse = rule->above ? out->change.low > limit : out->change.high < limit;
    bool fine = rule->above ? out->change.high <= limit : out->change.low >= limit;
    out->verdict = worse ? ZM_GATE_REGRESSION : ZM_GATE_PASS;
    if (!worse && !fine)
        undecided(out, "the interval holds the limit");
}

/* The ratio of two numbers that never vary: of 0 to 0 it is 1. */
static void decide_exactly(struct zm_ruling *out, double base)
{
    double now = out->now.median;
    double ratio = now == base ? 1 : base > 0 ? now / base : INFINITY;
    out->exact = true;
    out->change = (struct zm_interval){out->now.count, ratio, ratio, ratio};
    decide(out);
}

/* How likely it is at most that a figure which does vary was the same in all runs before, and
 * another in all runs now: with probability p it is the one, and p^b (1 - p)^n has its maximum at b
 * / (b + n). Without a baseline it is on the wrong side of the limit in no more than every second
 * run. */
static double chance_of(const struct zm_ruling *out)
{
    double b = (double)out->before.count, n = (double)out->now.count;
    if (!out->rule->relative)
        return exp2(-n);
    return exp(b * log(b) + n * log(n) - (b + n) * log(b + n));
}

static int find_change(const struct judgement *j, size_t row, struct zm_ruling *out)
{
    struct zm_before_after found;
    int status = zm_find_between(j->before, j->row_before, j->now, row, out->rule->figure, 0,
                                 j->level, &found);
    if (status == 0 && j->pair < ZM_ROWS_MAX)
        status =
            zm_find_pair_at(j->now, row, j->pair, out->rule->figure, j->level, &found.interval);
    out->before = found.before;
    out->now = found.after;
    out->change = found.interval;
    return status;
}

/* An amount is a day on which it was exactly that. */
static int find_amount(const struct judgement *j, size_t row, struct zm_ruling *out)
{
    struct zm_before_after found;
    double limit[ZM_INTERVAL_PAIRS], *values = malloc((j->now->count + 1) * sizeof *values);
    size_t count = 0;
    int status = values
                     ? zm_find_between(j->now, row, j->now, row, out->rule->figure, 0, 0.95, &found)
                     : -ENOMEM;
    for (size_t i = 0; i < ZM_INTERVAL_PAIRS; i++)
        limit[i] = log(out->rule->limit);
    for (size_t i = 0; status == 0 && i < j->now->count; i++) {
        const struct zm_sample *s = &j->now->samples[i];
        double value = zm_figure_of(s, out->rule->figure);
        if (s->ok && s->row == &j->now->rows->all[row] && value > 0)
            values[count++] = log(value);
    }
    if (status == 0) {
        out->now = found.after;
        out->change =
            zm_interval_unpaired(limit, ZM_INTERVAL_PAIRS, values, count, j->level, j->now->seed);
    }
    free(values);
    return status;
}

static int judge(const struct judgement *j, size_t row, struct zm_ruling *out)
{
    const struct zm_rule *rule = out->rule;
    if (rule->relative && j->row_before == ZM_ROWS_MAX) {
        undecided(out, "the baseline has no such row");
        return 0;
    }
    int status = rule->relative ? find_change(j, row, out) : find_amount(j, row, out);
    if (status != 0)
        return status;
    size_t runs = out->now.count;
    if (rule->relative && out->before.count < runs)
        runs = out->before.count;
    bool exact = is_counter(rule->figure, runs) && never_varies(&out->now) &&
                 (!rule->relative || never_varies(&out->before));
    if (out->now.count == 0)
        undecided(out, "it is not known");
    else if (rule->relative && out->before.count == 0)
        undecided(out, "it is not known of the baseline");
    else if (exact) {
        decide_exactly(out, rule->relative ? out->before.median : rule->limit);
        if (out->verdict == ZM_GATE_REGRESSION && chance_of(out) > (1 - j->level) / 2)
            undecided(out, "so few runs may be alike by chance");
    } else if (rule->relative && is_time(rule->figure) && j->no_times)
        undecided(out, j->no_times);
    else if (!zm_interval_known(&out->change))
        undecided(out, "there are too few runs");
    else
        decide(out);
    return 0;
}

static size_t row_named(const struct zm_rows *rows, const char *label)
{
    for (size_t r = 0; r < rows->count; r++) {
        if (strcmp(rows->all[r].label, label) == 0 && !rows->all[r].control)
            return r;
    }
    return ZM_ROWS_MAX;
}

int zm_gate_judge(const struct zm_rules *rules, const struct zm_evidence *before,
                  const struct zm_evidence *now, size_t pair, const char *no_times,
                  struct zm_rulings *out)
{
    size_t rows = 0;
    int status = 0;
    out->count = 0;
    for (size_t r = 0; r < now->rows->count; r++)
        rows += !now->rows->all[r].control && r != pair;
    /* Two ends, and all rules share what is allowed. */
    double each = 2 * ZM_FALSE_ALARMS / fmax((double)(rules->count * rows), 1);
    for (size_t r = 0; r < now->rows->count; r++) {
        struct judgement j = {before, now, ZM_ROWS_MAX, pair, no_times, 1 - each};
        if (now->rows->all[r].control || r == pair)
            continue;
        if (before)
            j.row_before =
                pair < ZM_ROWS_MAX ? pair : row_named(before->rows, now->rows->all[r].label);
        for (size_t i = 0; i < rules->count && status == 0; i++) {
            struct zm_ruling *ruling = &out->all[out->count++];
            *ruling = (struct zm_ruling){.rule = &rules->all[i], .row = r};
            status = judge(&j, r, ruling);
        }
    }
    return status;
}

enum zm_verdict_of_gate zm_gate_verdict(const struct zm_rulings *rulings)
{
    enum zm_verdict_of_gate verdict = ZM_GATE_PASS;
    for (size_t i = 0; i < rulings->count; i++) {
        enum zm_verdict_of_gate one = rulings->all[i].verdict;
        if (one == ZM_GATE_REGRESSION || verdict == ZM_GATE_PASS)
            verdict = one;
    }
    return verdict;
}
