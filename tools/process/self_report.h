/* What a program reports of itself, in the file that ZMALLOC_RESULT names.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_PROCESS_SELF_REPORT_H
#define ZM_TOOLS_PROCESS_SELF_REPORT_H

/* Puts the figures of the file's one JSON object (keys of figure.h) into `values`; other keys, and
 * a file that isn't there, are no matter. NULL, else what is wrong with it (static storage). */
const char *zm_result_read(const char *path, double *values);

/* The whole object as text; NULL where there is none. To be freed. */
char *zm_result_text(const char *path);

#endif
