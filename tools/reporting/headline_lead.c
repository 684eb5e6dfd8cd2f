/* The lead of a headline, and the names in both.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "headline_words.h"

#include "change.h"
#include "tools/common/printable.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#define NAMED_MAX 4 /* rows in one sentence */

/* ---- names ---- */

void zm_telling_label(const struct zm_telling *t, const char *before, size_t row, const char *after)
{
    zm_put_between(t->out, before, t->across->rows[row].label, after);
}

void zm_telling_base(const struct zm_telling *t, const char *before, const char *after)
{
    zm_telling_label(t, before, t->across->baseline, after);
}

void zm_telling_leaders(const struct zm_telling *t, const struct zm_ranking *ranking)
{
    size_t told = 1, all = 1 + ranking->level_count;
    zm_telling_label(t, "", ranking->best, "");
    for (size_t i = 0; i < ranking->competing; i++) {
        size_t r = ranking->order[i];
        if (!ranking->level[r] || r == ranking->best)
            continue;
        if (told == 2 && all > 3) {
            fprintf(t->out, " and %zu more", all - told);
            return;
        }
        told++;
        zm_telling_label(t, told == all ? " and " : ", ", r, "");
    }
}

bool zm_telling_any_pair(const struct zm_ranking *ranking)
{
    for (size_t i = 0; i < ranking->count; i++) {
        if (ranking->means[ranking->order[i]].interval.pairs > 0)
            return true;
    }
    return false;
}

/* ---- what follows ---- */

/* What both ends are between the two texts; nothing where they look alike, as memory's do. */
static void put_range(const struct zm_telling *t, const char *before,
                      const struct zm_interval *interval, const char *after)
{
    char text[64];
    if (strstr(zm_change_range(interval, text, sizeof text), " to "))
        fprintf(t->out, "%s%s%s", before, text, after);
}

/* In how many workloads the row takes less; the other kinds only where there are any. */
static int put_tally(const struct zm_telling *t, enum zm_figure figure, size_t row)
{
    size_t told[ZM_HIGHER + 1] = {0}, all = t->across->workload_count;
    for (size_t w = 0; w < all; w++) {
        enum zm_difference difference;
        if (zm_across_tell(t->across, w, row, figure, &difference) != 0)
            return -ENOMEM;
        told[difference]++;
    }
    size_t open = told[ZM_NO_DIFFERENCE] + told[ZM_DIFFERENCE_UNKNOWN];
    if (told[ZM_LOWER] == all)
        fputs("; less in each of them", t->out);
    else
        fprintf(t->out, "; less in %zu of them", told[ZM_LOWER]);
    if (told[ZM_HIGHER])
        fprintf(t->out, ", more in %zu", told[ZM_HIGHER]);
    if (open)
        fprintf(t->out, ", not told in %zu", open);
    return 0;
}

static int put_carrier(const struct zm_telling *t, const struct zm_ranking *ranking, size_t row)
{
    const char *of = ranking->figure == ZM_WALL  ? "time"
                     : ranking->figure == ZM_CPU ? "CPU time"
                                                 : "memory";
    struct zm_mean rest;
    size_t carrier;
    char name[128];
    bool quick;
    if (zm_across_carrier(t->across, row, ranking->figure, &carrier) != 0)
        return -ENOMEM;
    if (carrier == SIZE_MAX)
        return 0;
    if (zm_across_ratio(t->across, row, t->across->baseline, ranking->figure, carrier,
                        ranking->noise, 0.95, &rest) != 0)
        return -ENOMEM;
    zm_put_between(t->out, "Most of that is ",
                   zm_workload_name(t->names[carrier], &quick, name, sizeof name), ": without it ");
    if (rest.difference != ZM_LOWER && rest.difference != ZM_HIGHER) {
        fputs("no difference can be told. ", t->out);
        return 0;
    }
    zm_change_point_in_words(t->out, rest.interval.ratio, of);
    put_range(t, " (", &rest.interval, ")");
    fputs(". ", t->out);
    return 0;
}

/* How sure the title is. */
static int put_sureness(const struct zm_telling *t, const struct zm_ranking *ranking, size_t best)
{
    const struct zm_interval *interval = &ranking->means[best].interval;
    size_t workloads = t->across->workload_count;
    if (workloads > 1)
        fprintf(t->out, "Geometric mean of %zu workloads", workloads);
    else
        fprintf(t->out, "From %zu blocks", interval->pairs);
    put_range(t, ", 95 % interval ", interval, "");
    int status = workloads > 1 ? put_tally(t, ranking->figure, best) : 0;
    fputs(". ", t->out);
    return status == 0 ? put_carrier(t, ranking, best) : status;
}

static bool differs(const struct zm_mean *mean)
{
    return mean->difference == ZM_LOWER || mean->difference == ZM_HIGHER;
}

/* Another figure of the row that the title recommends, or of the leanest. */
static void put_other(const struct zm_telling *t, const struct zm_mean *mean, const char *of,
                      const char *none)
{
    if (!differs(mean)) {
        fprintf(t->out, "%s", none);
        return;
    }
    zm_change_point_in_words(t->out, mean->interval.ratio, of);
    put_range(t, " (", &mean->interval, ")");
}

static void put_memory(const struct zm_telling *t, size_t best)
{
    const struct zm_rankings *all = t->rankings;
    if (best < ZM_ROWS_MAX && all->memory.best < ZM_ROWS_MAX) {
        if (differs(&all->memory.means[best]))
            zm_telling_label(t, "At peak ", best, " uses ");
        put_other(t, &all->memory.means[best], "memory", "No difference in peak memory");
        fputs(". ", t->out);
    }
    if (!zm_ranking_tells(t->across, &all->memory)) {
        if (all->memory.best < ZM_ROWS_MAX && best < ZM_ROWS_MAX)
            zm_telling_base(t, "Nothing can be told to use less memory than ", ". ");
    } else if (all->memory.best != best) {
        fputs("Least memory: ", t->out);
        zm_telling_leaders(t, &all->memory);
        fputs(", ", t->out);
        put_other(t, &all->memory.means[all->memory.best], "memory", "");
        fputs(", ", t->out);
        if (differs(&all->wall.means[all->memory.best]))
            fputs("in ", t->out);
        put_other(t, &all->wall.means[all->memory.best], "time", "with no difference in time");
        fputs(". ", t->out);
    }
}

/* All that are level with the best, where the title has not named them. */
static void put_level(const struct zm_telling *t, const struct zm_ranking *ranking)
{
    size_t told = 0;
    if (ranking->level_count <= 2)
        return;
    for (size_t i = 0; i < ranking->competing && told < 2 * NAMED_MAX; i++) {
        size_t r = ranking->order[i];
        if (ranking->level[r])
            zm_telling_label(t, told++ ? ", " : "Not to be told from each other: ", r, "");
    }
    if (told < ranking->level_count + 1)
        fprintf(t->out, " and %zu more", ranking->level_count + 1 - told);
    fputs(". ", t->out);
}

/* The rows that can't win. */
static void put_rest(const struct zm_telling *t, const struct zm_ranking *ranking)
{
    size_t rest = ranking->count - ranking->competing;
    if (rest == 0)
        return;
    for (size_t i = 0; i < rest && i < NAMED_MAX; i++)
        zm_telling_label(t, i ? ", " : "", ranking->order[ranking->competing + i], "");
    if (rest > NAMED_MAX)
        fprintf(t->out, " and %zu more", rest - NAMED_MAX);
    fprintf(t->out, " %s fewer than %d blocks%s, and can't win. ", rest == 1 ? "has" : "have",
            ZM_INTERVAL_PAIRS, t->across->workload_count > 1 ? " somewhere" : "");
}

int zm_telling_lead(const struct zm_telling *t, size_t best)
{
    const struct zm_rankings *all = t->rankings;
    bool by_cpu = best < ZM_ROWS_MAX && !zm_ranking_tells(t->across, &all->wall) &&
                  zm_ranking_tells(t->across, &all->cpu);
    bool by_wall = zm_ranking_tells(t->across, &all->wall);
    int status = 0;
    if (all->wall.competing == 0) {
        if (zm_telling_any_pair(&all->wall))
            fprintf(t->out, "%d blocks are the least; what was seen is shown, and not certain. ",
                    ZM_INTERVAL_PAIRS);
        return 0;
    }
    if (by_wall || by_cpu)
        status = put_sureness(t, by_wall ? &all->wall : &all->cpu, best);
    if (by_cpu)
        fputs("No difference in wall time can be told. ", t->out);
    if (status == 0 && (by_wall || by_cpu))
        put_level(t, by_wall ? &all->wall : &all->cpu);
    if (!by_wall && !by_cpu && best < ZM_ROWS_MAX) {
        status = put_sureness(t, &all->memory, best);
    } else if (status == 0) {
        put_memory(t, best);
    }
    put_rest(t, &all->wall);
    return status;
}
