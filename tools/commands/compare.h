/* What zmalloc compare was asked to do, and what it has to do it with.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_COMMANDS_COMPARE_H
#define ZM_TOOLS_COMMANDS_COMPARE_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "compare_commands.h"
#include "shared_run.h"
#include "tools/measuring/server.h"
#include "tools/measuring/workload.h"
#include "tools/reporting/table_export.h"
#include "tools/results/dataset.h"
#include "tools/samples/backends.h"
#include "tools/samples/row.h"
#include "tools/samples/sample.h"

#define ZM_COMPARE "compare"

struct zm_comparison {
    struct zm_backend_list backends;
    struct zm_rows rows;
    struct zm_more_rows more;
    uint64_t blocks, seed;
    double time_s; /* 0: not given */
    bool no_control;
    bool variants, tune;
    const char *pymalloc;      /* "off" or "both"; NULL: as it is */
    const char *variants_path; /* NULL: the built-in ones */
    struct zm_command_options commands;
    const char *baseline;        /* the label of the row to compare with; NULL: the usual one */
    const char *prepare, *input; /* NULL: none */
    struct zm_workload workload;
    struct zm_server server; /* instead of a command, if it has one itself */
    char library[PATH_MAX];

    struct zm_exports exports;
    const char *against; /* a file to compare with; NULL: none */
    struct zm_dataset dataset;
    const struct zm_group *group; /* of it, about the same */
    const char *json_path;        /* NULL: none */
    struct zm_shared_run run;
    struct zm_samples samples;
};

int zm_cmd_compare(int argc, char **argv);

#endif
