/* What zmalloc check was asked to do, and what it has to do it with.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_COMMANDS_CHECK_CHECK_H
#define ZM_TOOLS_COMMANDS_CHECK_CHECK_H

#include <limits.h>

#include "tools/commands/shared_run.h"
#include "tools/measuring/workload.h"
#include "tools/reporting/gate_export.h"
#include "tools/results/dataset.h"
#include "tools/samples/row.h"

#define ZM_CHECK             "check"
#define ZM_CHECK_EXPORTS_MAX 8

/* Unlike those of the other subcommands, its first exit statuses are the answer. */
enum zm_check_exit { ZM_CHECK_REGRESSION = 1, ZM_CHECK_UNDECIDED = 3 };

struct zm_export {
    zm_gate_writer *write;
    const char *path;
};

struct zm_check {
    struct zm_backend_list backends; /* empty: those of the baseline */
    const char *baseline_path;       /* NULL: none */
    const char *before; /* the command to compare with in the same blocks; NULL: none */
    struct zm_rules rules;
    struct zm_export exports[ZM_CHECK_EXPORTS_MAX];
    size_t export_count;
    uint64_t blocks, seed;
    double time_s;         /* 0: not given */
    const char *json_path; /* NULL: none */
    struct zm_workload workload;
    char library[PATH_MAX];

    struct zm_dataset dataset;    /* of the baseline's file */
    const struct zm_group *group; /* what is compared with; NULL: nothing */
    struct zm_rows rows;
    struct zm_shared_run run;
    struct zm_samples samples;
};

int zm_cmd_check(int argc, char **argv);

#endif
