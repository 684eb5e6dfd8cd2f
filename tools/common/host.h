/* The machine, as far as it matters to a comparison.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_COMMON_HOST_H
#define ZM_TOOLS_COMMON_HOST_H

#include <stdbool.h>
#include <stdint.h>

/* Texts that are unknown are "", and numbers 0. */
struct zm_host {
    char system[256]; /* "Linux 6.1.0 x86_64" */
    char cpu[128];
    char thp[32];      /* transparent huge pages: "always", "madvise", "never" */
    char governor[32]; /* of the CPU's frequency: "performance" */
    char name[65];
    uint64_t cores, page_bytes, ram_bytes;
    double load; /* the mean number of runnable tasks in the last minute; negative: unknown */
};

void zm_host_describe(struct zm_host *out);

/* Whether so much else runs on so many cores that times are not to be trusted. */
bool zm_load_is_high(double load, uint64_t cores);

#endif
