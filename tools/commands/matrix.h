/* What zmalloc bench is asked for.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_COMMANDS_MATRIX_H
#define ZM_TOOLS_COMMANDS_MATRIX_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/samples/row.h"

#define ZM_MATRIX_NAME "bench" /* in messages */

struct zm_matrix_options {
    struct zm_backend_list backends;
    struct zm_more_rows more;
    const char *list, *api, *json_path; /* NULL: not given */
    const char *parallel; /* the list of hosts; NULL: no script for them is asked for */
    bool quick, sized, no_control, show_list, list_cells, slurm;
    uint64_t only; /* the one cell to run, from 1; 0: all */
    uint64_t blocks, seed;
    double time_s, timeout_s; /* 0: not given */
    double drain_s;           /* negative: not given */
};

#endif
