/* The formats of /proc/PID/statm, status, smaps and smaps_rollup, out of (buffer, length).
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_SYSINFO_LINUX_PARSE_H
#define ZM_SYSINFO_LINUX_PARSE_H

#include "sysinfo/text.h"

struct zm_statm {
    uint64_t size, resident, shared; /* pages */
};
/* 0 or -EPROTO. */
int zm_statm_parse(const char *buffer, size_t length, struct zm_statm *out);

/* The figures of "Name:   123 kB" lines, by name. */
#define ZM_KB_NAMES 16
#define ZM_KB_LINE  128 /* the longest such line has less than half of it */
struct zm_kb_sums {
    struct zm_text names[ZM_KB_NAMES];
    unsigned count;
    uint32_t seen; /* bit i: names[i] had a line, and bytes[i] is its figure */
    uint32_t bad;  /* bit i: names[i] had a line without a figure (zm_kb_first_line) */
    uint64_t bytes[ZM_KB_NAMES];
};
/* Two zm_line_fn. This one is for files with a line for each mapping, whose figures are summed:
 * none may be missing. -EINVAL: one of the names, but no kB figure; -EPROTO: a figure that is none.
 */
int zm_kb_line(void *sums, struct zm_text line, bool cut);
/* This one is for files in which every line stands for itself: the first of each name counts, and a
 * bad one loses no other figure than its own. ZM_LINES_ENOUGH when all the names have come. */
int zm_kb_first_line(void *sums, struct zm_text line, bool cut);

#endif
