/* Rows with settings of their own, from the built-in list or a file.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_SAMPLES_VARIANTS_H
#define ZM_TOOLS_SAMPLES_VARIANTS_H

#include "row.h"

/* Settings worth a try, of the listed backends; each backend without settings too. Room for the
 * control is left. `out` owns its settings. */
void zm_variants_builtin(const struct zm_backend_list *backends, struct zm_rows *out);

/* A line for each row, "LABEL: BACKEND [NAME=VALUE ...]"; # begins a comment. Backends that are not
 * listed are left out. Returns 0, else the exit status, the reason printed. */
int zm_variants_read(const char *subcommand, const char *path,
                     const struct zm_backend_list *backends, struct zm_rows *out);

/* Frees the settings of all rows but the control, which has the baseline's. */
void zm_variants_clear(struct zm_rows *rows);

#endif
