/* Reading what compare and bench have recorded, even if a crash has damaged it.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_RESULTS_READER_H
#define ZM_TOOLS_RESULTS_READER_H

#include "dataset.h"

/* Adds the samples of a file of JSON lines, "-" being stdin. Each line that cannot be used is named
 * on stderr and left out. Returns 0, or the exit status after printing why the file cannot be read.
 */
int zm_dataset_read(const char *subcommand, const char *path, struct zm_dataset *out);

#endif
