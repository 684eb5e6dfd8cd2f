/* The samples of any number of JSON Lines files, grouped by machine and workload.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_RESULTS_DATASET_H
#define ZM_TOOLS_RESULTS_DATASET_H

#include <jansson.h>

#include "run_header.h"
#include "tools/statistics/finding.h"

/* One workload on one machine: what is compared. */
struct zm_group {
    size_t machine;
    char *workload;
    struct zm_rows rows;
    struct zm_samples samples; /* blocks of several runs are numbered on */
    uint64_t seed;             /* of the first run */
    char run[ZM_RUN_ID + 1];   /* that was read last */
    unsigned before, last;     /* blocks of earlier runs; the last block */
};

struct zm_machine {
    char *name;
    json_t *run; /* the record of the first run there; NULL: not known */
};

struct zm_dataset {
    struct zm_machine *machines;
    size_t machine_count;
    struct zm_group **groups; /* of each machine together */
    size_t group_count;
    size_t left_out; /* lines that could not be used */
};

/* Adds a file. Each line that can't be used is named on stderr and left out. 0; else the exit
 * status, the reason printed: the file can't be read. */
int zm_dataset_read(const char *subcommand, const char *path, struct zm_dataset *out);

/* Puts the groups of each machine together and finds the rows' baselines. */
void zm_dataset_finish(struct zm_dataset *dataset);

void zm_dataset_clear(struct zm_dataset *dataset);

#endif
