/* Text in a fixed buffer, and where reports at exit go: a file, or what stderr was at the start.
 * Nothing here allocates.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BASE_OUTPUT_H
#define ZM_BASE_OUTPUT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What does not fit is left out. */
struct zm_line {
    char *bytes;
    size_t size, length;
};
#define ZM_LINE(array) ((struct zm_line){(array), sizeof(array), 0})

void zm_line_add(struct zm_line *t, const char *s);
void zm_line_decimal(struct zm_line *t, uint64_t value);
void zm_line_hex(struct zm_line *t, uint64_t value); /* with 0x */

/* ,"name":value of a JSON object */
void zm_line_number(struct zm_line *t, const char *name, uint64_t value);
void zm_line_string(struct zm_line *t, const char *name, const char *value);

/* Puts words together, up to NULL, in static storage: why a choice is refused. */
const char *zm_problem(const char *first, ...) __attribute__((sentinel));

/* 0 or -errno. */
int zm_line_write(const struct zm_line *t, int fd);

struct zm_output {
    char target[PATH_MAX]; /* "stderr", or an absolute file name with %p; empty: nowhere */
};

/* `wanted`: "stderr", or a file name in which %p stands for the process ID. It is made absolute,
 * and stderr remembered, now: the program may go elsewhere, and close it. False: too long. */
bool zm_output_set(struct zm_output *o, const char *wanted);

/* Appends the text; where the file can't be written, the text follows the reason on stderr.
 * `variable` is who asked for it. */
void zm_output_write(const struct zm_output *o, const char *variable, const struct zm_line *t);

#endif
