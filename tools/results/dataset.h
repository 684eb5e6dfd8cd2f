/* The samples of any number of files, grouped by machine and workload.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_RESULTS_DATASET_H
#define ZM_TOOLS_RESULTS_DATASET_H

#include <jansson.h>

#include "run_header.h"
#include "tools/samples/sample.h"

/* One workload on one machine: its rows are compared with each other. */
struct zm_group {
    size_t machine;
    char *workload;
    struct zm_rows rows;
    struct zm_samples samples; /* the blocks of each further run are numbered on */
    uint64_t seed;             /* of the first run */
    char run[ZM_RUN_ID + 1];   /* the run that was added to last */
    unsigned before;           /* how many blocks all runs before that one have */
    unsigned last;             /* the highest block so far */
};

struct zm_machine {
    char *name;
    json_t *run; /* the record of the first run there; NULL: not known */
};

struct zm_dataset {
    struct zm_machine *machines;
    size_t machine_count;
    struct zm_group **groups; /* after zm_dataset_finish those of a machine stand together */
    size_t group_count;
    size_t left_out; /* lines that could not be used */
};

/* These find what is there already, and otherwise add it. */

/* The machine's index goes into `out`. `run` is kept if the machine is new. 0, or -ENOMEM. */
int zm_dataset_machine(struct zm_dataset *dataset, const char *name, json_t *run, size_t *out);

/* NULL: out of memory. */
struct zm_group *zm_dataset_group(struct zm_dataset *dataset, size_t machine, const char *workload);

/* The row's settings are strings of a JSON array, or NULL. Returns NULL if the group is full or
 * memory is out. */
struct zm_row *zm_group_row(struct zm_group *group, const char *label, const char *backend,
                            const json_t *settings, bool control);

/* Adds a sample of `run`, whose block is that of its run; moves it in. 0, or -ENOMEM. */
int zm_group_add(struct zm_group *group, const char *run, uint64_t seed, struct zm_sample *sample);

/* Once all is read: puts the groups of each machine together, and their rows into order. */
void zm_dataset_finish(struct zm_dataset *dataset);

void zm_dataset_clear(struct zm_dataset *dataset);

#endif
