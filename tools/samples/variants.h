/* Rows with settings of their own, from the built-in list or from a file.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_SAMPLES_VARIANTS_H
#define ZM_TOOLS_SAMPLES_VARIANTS_H

#include "row.h"

/* Both fill empty rows, and leave room for the control. */

/* Settings worth a try, of the listed backends; each backend without settings, too. */
void zm_variants_builtin(const struct zm_backend_list *backends, struct zm_rows *out);

/* A line for each row, "LABEL: BACKEND [NAME=VALUE ...]"; # begins a comment. Backends that are not
 * listed are left out. Returns 0, or the exit status after printing the reason. */
int zm_variants_read(const char *subcommand, const char *path,
                     const struct zm_backend_list *backends, struct zm_rows *out);

#endif
