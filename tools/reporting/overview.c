/* Putting workloads of the same rows together.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "overview.h"

#include "summary.h"
#include "tools/common/printable.h"
#include "tools/results/circumstances.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* After zm_dataset_finish equal rows are in the same order. */
static bool same_rows(const struct zm_rows *a, const struct zm_rows *b)
{
    if (a->count != b->count)
        return false;
    for (size_t r = 0; r < a->count; r++) {
        if (strcmp(a->all[r].label, b->all[r].label) != 0 || a->all[r].control != b->all[r].control)
            return false;
    }
    return true;
}

/* "larson", with the machine where there are several, and a number where it was measured in several
 * circumstances. */
static void put_name(const struct zm_dataset *d, const struct zm_group *group, char *out,
                     size_t size)
{
    char machine[48] = "", number[16] = "";
    unsigned before = 1;
    for (const struct zm_group *g = group->before; g; g = g->before)
        before++;
    if (d->machine_count > 1) {
        const char *name = d->machines[group->machine].name;
        snprintf(machine, sizeof machine, " @%.*s", (int)strcspn(name, ","), name);
    }
    if (before > 1)
        snprintf(number, sizeof number, " (%u)", before);
    snprintf(out, size, "%.40s%s%s", group->workload, machine, number);
}

/* Whether the same was measured later in other circumstances: then it is shown, but means are of
 * the last ones. */
static bool is_superseded(const struct zm_dataset *d, const struct zm_group *group)
{
    for (size_t g = 0; g < d->group_count; g++) {
        if (d->groups[g]->before == group)
            return true;
    }
    return false;
}

/* Whether some workload was measured on several machines. Then each has its own mean: in one of
 * all, the workload would count twice, and its ratios be of two kinds. Where each workload was
 * measured on one machine, they are the cells of one matrix. */
static bool is_repeated(const struct zm_dataset *d, size_t first)
{
    for (size_t g = first; g < d->group_count; g++) {
        for (size_t h = g + 1; h < d->group_count; h++) {
            const struct zm_group *one = d->groups[g], *other = d->groups[h];
            if (one->machine != other->machine && strcmp(one->workload, other->workload) == 0 &&
                same_rows(&one->rows, &d->groups[first]->rows) &&
                same_rows(&other->rows, &d->groups[first]->rows))
                return true;
        }
    }
    return false;
}

/* The tables of the groups that have the rows of group `first`. 0, or -ENOMEM. */
static int print_class(const struct zm_dataset *d, size_t first, bool *told, FILE *out, bool colour)
{
    struct zm_summary *summary = zm_summary_new(&d->groups[first]->rows);
    int status = summary ? 0 : -ENOMEM;
    bool by_machine = is_repeated(d, first), several = false;
    for (size_t g = first; g < d->group_count && status == 0; g++) {
        char name[64], mean[64] = "";
        const struct zm_group *group = d->groups[g];
        if (!same_rows(&d->groups[first]->rows, &group->rows))
            continue;
        struct zm_evidence evidence = zm_group_evidence(group);
        const char *machine = d->machines[group->machine].name;
        put_name(d, group, name, sizeof name);
        if (by_machine)
            snprintf(mean, sizeof mean, "%.*s", (int)strcspn(machine, ","), machine);
        status = zm_summary_add(summary, name, is_superseded(d, group) ? NULL : mean, &evidence);
        several = several || group->machine != d->groups[first]->machine;
        told[g] = true;
    }
    if (status == 0 && zm_summary_count(summary) > 1) {
        fputs("\n==== all together\n\n", out);
        if (several && !by_machine)
            fputs("Each workload was measured on one machine; means are over all of them, and "
                  "mean\nsomething if the machines are equal.\n\n",
                  out);
        status = zm_summary_print(summary, out, colour);
    }
    zm_summary_free(summary);
    return status;
}

/* What the machine differs by from the first one, by any of their groups. 0, or -ENOMEM. */
static int print_machine(const struct zm_dataset *d, const struct zm_group *first,
                         const struct zm_group *other, FILE *out)
{
    char *text = NULL;
    size_t size;
    FILE *differences = open_memstream(&text, &size);
    if (!differences)
        return -ENOMEM;
    zm_circumstances_put(d, first, other, differences);
    int status = fclose(differences) == 0 ? 0 : -ENOMEM;
    if (status == 0) {
        zm_put_between(out, "", d->machines[other->machine].name, "");
        if (*text)
            zm_put_between(out, ": ", text, "\n");
        else
            fputs(": nothing else that is known differs from the first machine\n", out);
    }
    free(text);
    return status;
}

int zm_overview_print(const struct zm_dataset *d, FILE *out, bool colour)
{
    bool *told = calloc(d->group_count + 1, sizeof *told);
    int status = told ? 0 : -ENOMEM;
    for (size_t g = 0; g < d->group_count && status == 0; g++) {
        if (!told[g])
            status = print_class(d, g, told, out, colour);
    }
    for (size_t g = 1; g < d->group_count && status == 0; g++) {
        if (d->groups[g]->machine == d->groups[g - 1]->machine)
            continue;
        if (d->groups[g - 1]->machine == d->groups[0]->machine)
            zm_put_between(out, "\nagainst ", d->machines[d->groups[0]->machine].name,
                           " the other machines differ by:\n");
        status = print_machine(d, d->groups[0], d->groups[g], out);
    }
    free(told);
    return status;
}
