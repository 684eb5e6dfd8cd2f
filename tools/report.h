/* The result of a comparison, from its samples alone.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_REPORT_H
#define ZM_TOOLS_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "backends.h"
#include "sample.h"

struct zm_report {
    const char *workload;
    const struct zm_backend_list *backends; /* rows, in this order */
    const struct zm_sample *samples;
    size_t count;
    uint64_t seed;
    unsigned blocks; /* asked for */
};

/* Prints the tables and the notes. 0, or -ENOMEM. */
int zm_report_print(const struct zm_report *report, FILE *out, bool colour);

#endif
