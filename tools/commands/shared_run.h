/* What zmalloc compare and zmalloc bench have in common: a run that records each sample as it
 * comes, and what is said at its end.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_COMMANDS_SHARED_RUN_H
#define ZM_TOOLS_COMMANDS_SHARED_RUN_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "tools/measuring/blocks.h"
#include "tools/results/run_header.h"

struct zm_shared_run {
    const char *subcommand; /* for messages */
    const char *json_path;  /* NULL: nothing is recorded */
    uint64_t seed;
    bool whole; /* the file is new, and appears under its name when the run has ended */
    char *part; /* the name that it has until then; owned; NULL: it has its own */
    FILE *json;
    int json_error; /* once it is set, nothing more is written */
    char id[ZM_RUN_ID + 1];
    bool failed;       /* some sample has */
    bool stdout_taken; /* by an export */
};

/* A seed for a run whose user gave none. */
uint64_t zm_shared_run_seed(void);

/* Opens the file that samples are recorded in, and warns of what would distort the run. `library`
 * is the preload library's file, "" where there is none. Returns 0, or the exit status after
 * printing the reason. */
int zm_shared_run_begin(struct zm_shared_run *run, const struct zm_rows *rows, const char *library);

/* Records a sample. The first failure to write is told, and decides the exit status. */
void zm_shared_run_record(struct zm_shared_run *run, const char *workload,
                          const struct zm_sample *sample);

/* Where tables go: stderr if the samples or an export go to stdout, else stdout. */
FILE *zm_shared_run_tables(const struct zm_shared_run *run);

/* Why no more blocks were run, for the report. `time_over` and `asked` are what to say of the two
 * endings that each command words differently. */
const char *zm_shared_run_ending(const struct zm_outcome *outcome, const char *time_over,
                                 const char *asked, char *buf, size_t size);

/* Closes the file and flushes stdout. Returns the exit status, which is `status` unless something
 * worse has happened. Also for a run that has not begun. */
int zm_shared_run_end(struct zm_shared_run *run, int status);

#endif
