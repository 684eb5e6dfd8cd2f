/* zmalloc bench --slurm and --parallel: a script that spreads the cells over machines.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_COMMANDS_MATRIX_SCRIPT_H
#define ZM_TOOLS_COMMANDS_MATRIX_SCRIPT_H

#include "matrix.h"

/* Prints the script on stdout. `cells` is how many there are, and `cell_s` about how long each
 * takes; the words of the command line go into it. Returns the exit status. */
int zm_matrix_script(const struct zm_matrix_options *asked, size_t cells, double cell_s, int argc,
                     char *const *argv);

#endif
