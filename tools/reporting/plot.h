/* Plots that gnuplot draws, as SVG that can be put into a page.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_REPORTING_PLOT_H
#define ZM_TOOLS_REPORTING_PLOT_H

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>

#include "tools/statistics/comparison.h"

struct zm_plots {
    char gnuplot[PATH_MAX]; /* "" if it is not installed; then nothing is plotted */
    char directory[PATH_MAX];
    FILE *script;
    int count;
    bool done;
};

/* 0, or -errno if the files cannot be written. */
int zm_plots_begin(struct zm_plots *plots);

/* Each of these describes one plot and returns its number; -1 if there is nothing to show. */
int zm_plot_forest(struct zm_plots *plots, const struct zm_rows *rows,
                   const struct zm_result *result);
int zm_plot_pareto(struct zm_plots *plots, const struct zm_rows *rows,
                   const struct zm_result *result);
int zm_plot_rss(struct zm_plots *plots, const struct zm_evidence *evidence);
int zm_plot_latency(struct zm_plots *plots, const struct zm_rows *rows,
                    const struct zm_result *result);

/* Bars of wall time against the baseline, for each workload. */
struct zm_plot_workload {
    const char *name;
    const struct zm_rows *rows;
    const struct zm_result *result;
};
int zm_plot_workloads(struct zm_plots *plots, const struct zm_plot_workload *workloads,
                      size_t count);

/* Draws all plots. Returns NULL, or why there are none (static storage). */
const char *zm_plots_draw(struct zm_plots *plots);

/* Writes a plot as a part of an HTML page. False if there is none of that number. */
bool zm_plots_put(const struct zm_plots *plots, int number, FILE *out);

/* Removes all files. */
void zm_plots_end(struct zm_plots *plots);

#endif
