/* What limits a process's memory, and memory pressure: for people and as JSON.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_COMMANDS_INFO_LIMITS_H
#define ZM_TOOLS_COMMANDS_INFO_LIMITS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <zmalloc/sysinfo.h>

#include "tools/common/table.h"

struct zm_limits {
    int64_t pid;
    int error; /* the -errno why nothing is known of the limits, or 0 */
    struct zmalloc_sysinfo_limit limit;
    struct zmalloc_sysinfo_pressure machine, cgroup; /* not known if they have no bits */
};

/* `pid` 0 is this process, the only one whose cgroup is asked for its pressure. */
void zm_limits_read(int64_t pid, struct zm_limits *out);

/* Adds the limits to a table, as rows of title, amount and note. */
void zm_limits_add(const struct zm_limits *limits, struct zm_table *table);

/* Prints tables of the cgroup levels and of the pressure, if there are any. 0, or -ENOMEM. */
int zm_limits_print(const struct zm_limits *limits, FILE *out);

/* JSON objects, in which null stands for what is unknown. NULL: out of memory. */
json_t *zm_limits_json(const struct zm_limits *limits);
json_t *zm_pressure_json(const struct zm_limits *limits);

/* Bytes in JSON: null if they are not `known`, "unlimited" for ZMALLOC_SYSINFO_UNLIMITED. */
json_t *zm_amount_json(bool known, uint64_t bytes);

#endif
