/* The figures of a sample: what is measured, what follows from it, and which way is better.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_SAMPLES_FIGURE_H
#define ZM_TOOLS_SAMPLES_FIGURE_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/common/units.h"

enum zm_figure {
    /* Measured, and recorded as they are. */
    ZM_WALL,
    ZM_USER,
    ZM_SYS,
    ZM_MINOR_FAULTS,
    ZM_MAJOR_FAULTS,
    ZM_PEAK_RSS,  /* of the process that had the highest; and peak live is the same process's */
    ZM_PEAK_LIVE, /* bytes */
    ZM_ALLOCATIONS,
    ZM_ALLOCATED, /* bytes */
    ZM_PROCESSES,
    ZM_SWITCHES,     /* of contexts */
    ZM_INSTRUCTIONS, /* from here on the hardware's counters, in the order of process/hardware.c */
    ZM_CYCLES,
    ZM_CACHE_MISSES,
    ZM_TLB_MISSES,
    ZM_OPERATIONS, /* from here on what the program reports of itself */
    ZM_LATENCY_P50,
    ZM_LATENCY_P99,
    ZM_LATENCY_P999,
    ZM_LATENCY_MAX,
    ZM_DRAINED_100MS, /* RSS so long after everything was freed */
    ZM_DRAINED_1S,
    ZM_DRAINED_5S,
    ZM_PEAK_SLACK, /* bytes by which peak live may be too low */
    ZM_CLOCK,      /* what a reading of the clock takes, of latencies; theirs are without it */
    ZM_TREE_PSS,   /* from here on of all processes together, the most at once: bytes of memory */
    ZM_TREE_USED,  /* bytes in use */
    ZM_TREE_COUNT, /* processes */
    ZM_MEASURED,
    /* What follows from those. */
    ZM_CPU = ZM_MEASURED,
    ZM_FRAGMENTATION,
    ZM_THROUGHPUT,
    ZM_PEAK_MEMORY, /* of all processes together, at least of the largest */
    ZM_PEAK_USED,
    ZM_FIGURES
};

enum zm_direction { ZM_LESS_IS_BETTER, ZM_MORE_IS_BETTER, ZM_NEITHER_IS_BETTER };

/* So many figures, the first of the list, are shown with their intervals before all others. */
#define ZM_HEADLINE 3

struct zm_figure_info {
    enum zm_figure figure;
    const char *key;   /* in JSON */
    const char *title; /* in tables; NULL: not shown */
    enum zm_quantity quantity;
    enum zm_direction better;
    double (*from)(const double *measured); /* how it follows from others; NULL: it is measured */
};

const struct zm_figure_info *zm_figure_info(enum zm_figure figure);

/* The figures in the order of their columns; NULL after the last. */
const struct zm_figure_info *zm_figure_at(size_t place);

/* The figure that tells how small this one may be and not be seen: a 0 means anything below that.
 * ZM_FIGURES if a 0 is a 0. */
enum zm_figure zm_figure_least(enum zm_figure figure);

/* Finds the measured figure that is recorded under `key`. False if there is none. */
bool zm_figure_find(const char *key, enum zm_figure *out);

#endif
