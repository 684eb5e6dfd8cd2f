/* The title, and the whole of it.
 *
 * Of each claim the strength is what the statistics allow: "is fastest" is said of rows that can be
 * told from the baseline and from all others but those that are named beside them.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "headline_words.h"

#include "change.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QUICK " quick"

int zm_rankings_find(const struct zm_across *across, struct zm_rankings *out)
{
    int status = zm_ranking_find(across, ZM_WALL, &out->wall);
    if (status == 0)
        status = zm_ranking_find(across, ZM_CPU, &out->cpu);
    return status == 0 ? zm_ranking_find(across, ZM_PEAK_MEMORY, &out->memory) : status;
}

const char *zm_workload_name(const char *name, bool *quick, char *buf, size_t size)
{
    size_t length = strlen(name), end = strlen(QUICK);
    *quick = length > end && strcmp(name + length - end, QUICK) == 0;
    snprintf(buf, size, "%.*s", (int)(*quick ? length - end : length), name);
    return buf;
}

/* ---- the title ---- */

static void put_point(const struct zm_telling *t, const struct zm_ranking *ranking, size_t row,
                      const char *of)
{
    zm_change_point_in_words(t->out, ranking->means[row].interval.ratio, of);
}

/* Whether something can be told to take more than the baseline. */
static bool beats_any(const struct zm_ranking *ranking)
{
    for (size_t i = 0; i < ranking->competing; i++) {
        if (ranking->means[ranking->order[i]].difference == ZM_HIGHER)
            return true;
    }
    return false;
}

/* Returns the row that it recommends. */
static size_t put_title(const struct zm_telling *t)
{
    const struct zm_rankings *all = t->rankings;
    if (all->wall.count == 0 && t->across->row_count > 0) {
        zm_telling_base(t, "", " alone: there is nothing to compare it with");
    } else if (!zm_telling_any_pair(&all->wall)) {
        zm_telling_base(t, "Nothing can be compared with ", ": in no block both runs count");
    } else if (all->wall.competing == 0) {
        fputs("Too few blocks to tell which is fastest", t->out);
    } else if (zm_ranking_tells(t->across, &all->wall)) {
        zm_telling_leaders(t, &all->wall);
        fprintf(t->out, " %s fastest: ", all->wall.level_count ? "are" : "is");
        put_point(t, &all->wall, all->wall.best, "time");
        zm_telling_base(t, " than ", "");
        return all->wall.best;
    } else if (zm_ranking_tells(t->across, &all->cpu)) {
        zm_telling_leaders(t, &all->cpu);
        fprintf(t->out, " %s least CPU time: ", all->cpu.level_count ? "take" : "takes");
        put_point(t, &all->cpu, all->cpu.best, "CPU time");
        zm_telling_base(t, " than ", "");
        return all->cpu.best;
    } else {
        if (beats_any(&all->wall))
            zm_telling_base(t, "Nothing can be told to be faster than ", "");
        else
            zm_telling_base(t, "No difference in time from ", " can be told");
        if (zm_ranking_tells(t->across, &all->memory)) {
            fputs("; ", t->out);
            zm_telling_leaders(t, &all->memory);
            fprintf(t->out, " %s ", all->memory.level_count ? "use" : "uses");
            put_point(t, &all->memory, all->memory.best, "memory");
            return all->memory.best;
        }
    }
    return ZM_ROWS_MAX;
}

/* Closes the stream, and takes the space off the end. 0, or -ENOMEM. */
static int finish(FILE *out, char *const *text, const size_t *size)
{
    if (fclose(out) != 0)
        return -ENOMEM;
    if (*size > 0 && (*text)[*size - 1] == ' ')
        (*text)[*size - 1] = '\0';
    return 0;
}

int zm_headline_make(const struct zm_across *across, const struct zm_rankings *rankings,
                     const char *const *names, struct zm_headline *out)
{
    size_t size;
    *out = (struct zm_headline){.best = ZM_ROWS_MAX};
    struct zm_telling t = {across, rankings, names, open_memstream(&out->title, &size)};
    int status = t.out ? 0 : -ENOMEM;
    if (status == 0) {
        out->best = put_title(&t);
        status = finish(t.out, &out->title, &size);
        t.out = open_memstream(&out->lead, &size);
        status = t.out ? status : -ENOMEM;
    }
    if (t.out) {
        int told = zm_telling_lead(&t, out->best), finished = finish(t.out, &out->lead, &size);
        status = status ? status : told ? told : finished;
    }
    if (status != 0)
        zm_headline_clear(out);
    return status;
}

void zm_headline_clear(struct zm_headline *headline)
{
    free(headline->title);
    free(headline->lead);
    *headline = (struct zm_headline){.best = ZM_ROWS_MAX};
}
