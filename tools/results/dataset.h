/* The samples of any number of files, grouped by machine, workload and circumstances.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_RESULTS_DATASET_H
#define ZM_TOOLS_RESULTS_DATASET_H

#include <jansson.h>
#include <stdint.h>

#include "run_header.h"
#include "tools/samples/sample.h"
#include "tools/statistics/finding.h"

/* A run of compare or bench. */
struct zm_recorded_run {
    char id[ZM_RUN_ID + 1]; /* "" in files of the first format */
    size_t file;            /* the one it was found in, counted from 0 */
    size_t machine;         /* ZM_NO_MACHINE: the file has not said it yet */
    json_t *record;         /* NULL: not known */
};
#define ZM_NO_MACHINE SIZE_MAX

/* One workload on one machine in the same circumstances: its rows are compared with each other. At
 * first it has the samples of one run; zm_dataset_finish puts those together that may be. */
struct zm_group {
    size_t machine, run; /* the first run, where there are several */
    char *workload;
    struct zm_rows rows;
    struct zm_samples samples;
    struct zm_row floor; /* of the samples without an allocator; no backend: there are none */
    struct zm_samples floors;
    uint64_t seed;                 /* of the first run */
    unsigned last;                 /* the highest block */
    size_t runs;                   /* that were put together */
    size_t place;                  /* in the order of the files */
    const struct zm_group *before; /* the same in other circumstances; NULL: it has only these */
};

struct zm_machine {
    char *name;
    json_t *run; /* the record of the first run there; NULL: not known */
};

struct zm_dataset {
    struct zm_machine *machines;
    size_t machine_count;
    struct zm_recorded_run *runs;
    size_t run_count;
    struct zm_group **groups; /* after zm_dataset_finish those of a machine stand together */
    size_t group_count;
    size_t files;    /* that were read */
    size_t left_out; /* lines that could not be used */
};

/* These find what is there already, and otherwise add it. */

/* The machine's index goes into `out`. `run` is kept if the machine is new. 0, or -ENOMEM. */
int zm_dataset_machine(struct zm_dataset *dataset, const char *name, json_t *run, size_t *out);

/* The index of the run goes into `out`; an id of "" is another run in each file. 0, or -ENOMEM. */
int zm_dataset_run(struct zm_dataset *dataset, const char *id, size_t *out);

/* NULL: out of memory. */
struct zm_group *zm_dataset_group(struct zm_dataset *dataset, size_t run, const char *workload);

/* The row's settings are strings of a JSON array, or NULL. Of two versions of a backend each gets a
 * row. Returns NULL if the group is full or memory is out. */
struct zm_row *zm_group_row(struct zm_group *group, const char *label, const char *backend,
                            const json_t *settings, bool control, const char *version);

/* The row of runs without an allocator. NULL: out of memory. */
struct zm_row *zm_group_floor(struct zm_group *group, const char *label);

/* Whether there is a sample of this row and block. */
bool zm_group_has(const struct zm_group *group, const struct zm_row *row, unsigned block);

/* Adds a sample, which may be one of the floor; moves it in. 0, or -ENOMEM. */
int zm_group_add(struct zm_group *group, uint64_t seed, struct zm_sample *sample);

/* Once all is read: puts runs together, each block for itself, if nothing differs but the time;
 * puts the groups of each machine together, and their rows into order. 0, or -ENOMEM. */
int zm_dataset_finish(struct zm_dataset *dataset);

struct zm_evidence zm_group_evidence(const struct zm_group *group);

void zm_dataset_clear(struct zm_dataset *dataset);

#endif
