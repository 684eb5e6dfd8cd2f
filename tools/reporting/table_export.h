/* The summary of comparisons as other programs read it: Markdown, CSV or JSON.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_REPORTING_TABLE_EXPORT_H
#define ZM_TOOLS_REPORTING_TABLE_EXPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "tools/statistics/finding.h"

#define ZM_EXPORT_FORMATS "markdown csv json"
#define ZM_EXPORTS_MAX    8

/* The workload of one comparison, and where it was made; "" if that is here. */
struct zm_export_part {
    const char *machine, *workload;
    struct zm_evidence evidence;
};

/* Writes all parts. 0, or -errno. */
typedef int zm_exporter(const struct zm_export_part *parts, size_t count, FILE *out);

/* By the name of the format; NULL: there is none of that name. */
zm_exporter *zm_exporter_named(const char *name);

/* What --export asks for. */
struct zm_exports {
    struct {
        zm_exporter *write;
        const char *path;
    } all[ZM_EXPORTS_MAX];
    size_t count;
};

/* Whether one goes to stdout: then nothing else may. */
bool zm_exports_take_stdout(const struct zm_exports *exports);

/* Writes all files; "-" is stdout. Returns 0, or the exit status after printing the reason. */
int zm_exports_write(const char *subcommand, const struct zm_exports *exports,
                     const struct zm_export_part *parts, size_t count);

#endif
