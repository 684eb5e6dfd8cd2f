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
    ZM_INSTRUCTIONS, /* these four are the hardware's counters: see process/hardware.h */
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
    ZM_MEASURED,
    /* What follows from those. */
    ZM_CPU = ZM_MEASURED,
    ZM_FRAGMENTATION,
    ZM_THROUGHPUT,
    ZM_FIGURES
};

enum zm_direction { ZM_LESS_IS_BETTER, ZM_MORE_IS_BETTER, ZM_NEITHER_IS_BETTER };

struct zm_figure_info {
    const char *key;   /* in JSON */
    const char *title; /* in tables; NULL: not shown */
    enum zm_quantity quantity;
    enum zm_direction better;
};

const struct zm_figure_info *zm_figure_info(enum zm_figure figure);

/* Finds the measured figure that is recorded under `key`. False if there is none. */
bool zm_figure_find(const char *key, enum zm_figure *out);

#endif
