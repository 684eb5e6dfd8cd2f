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

/* Sums "Name:   123 kB" lines by name. */
#define ZM_KB_NAMES 8
#define ZM_KB_LINE  128 /* the longest such line has less than half of it */
struct zm_kb_sums {
    struct zm_text names[ZM_KB_NAMES];
    unsigned count;
    uint32_t seen; /* bit i: names[i] had a line */
    uint64_t bytes[ZM_KB_NAMES];
};
/* A zm_line_fn. -EINVAL: one of the names, but no kB figure; -EPROTO: a figure that is none. */
int zm_kb_line(void *sums, struct zm_text line, bool cut);

#endif
