/* Reading the text that kernels write: numbers, and the lines of a stream that comes in pieces.
 * Texts need no terminating NUL; nothing is allocated, and no locale is looked at.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_SYSINFO_TEXT_H
#define ZM_SYSINFO_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A piece of a buffer. */
struct zm_text {
    const char *at;
    size_t length;
};

/* Takes a decimal number off the front. False, and nothing taken, if there is none or it exceeds 64
 * bits. */
bool zm_text_number(struct zm_text *text, uint64_t *value);
/* Takes blanks and tabs off the front; false if there was none. */
bool zm_text_blanks(struct zm_text *text);
/* Takes `prefix` off the front if it is there. */
bool zm_text_prefix(struct zm_text *text, const char *prefix, size_t length);
/* Takes everything up to `end` and `end` itself; false, and nothing taken, if `end` does not come.
 */
bool zm_text_until(struct zm_text *text, char end, struct zm_text *piece);
bool zm_text_equal(struct zm_text text, const char *string);

/* Lines from a stream fed in pieces. Only real line starts count: what exceeds the room is dropped
 * up to the next newline, and the line then is `cut`. NUL bytes at the start of a line are dropped:
 * file systems in user space pad their files with them. */
struct zm_lines {
    char *line;
    size_t room, length;
    bool cut;
};
/* The line is without its newline. Not 0 ends the reading and is its result: an error, or that no
 * further line is wanted. */
#define ZM_LINES_ENOUGH 1
typedef int zm_line_fn(void *context, struct zm_text line, bool cut);
int zm_lines_feed(struct zm_lines *lines, const char *buffer, size_t length, zm_line_fn *fn,
                  void *context);
/* -EPROTO if the stream ended within a line. */
int zm_lines_end(const struct zm_lines *lines);

/* a += b; false, and a unchanged, if that exceeds 64 bits. */
bool zm_add(uint64_t *a, uint64_t b);
/* False if that exceeds 64 bits. */
bool zm_multiply(uint64_t a, uint64_t b, uint64_t *product);

#endif
