/* What a program reports of itself, in the file that ZMALLOC_RESULT names.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_PROCESS_SELF_REPORT_H
#define ZM_TOOLS_PROCESS_SELF_REPORT_H

/* Reads the file's one JSON object: its figures (keys of figure.h) go into `values`, other keys do
 * not matter, and the whole object goes into `text`, which the caller frees; NULL if there is no
 * object. A file that is not there is no problem. Returns NULL, or what is wrong with the file
 * (static storage). */
const char *zm_self_report_read(const char *path, double *values, char **text);

#endif
