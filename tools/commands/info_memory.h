/* A process's memory as the operating system counts it: what it uses and shares, what a fork would
 * cost, what limits it; for people and as JSON.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_COMMANDS_INFO_MEMORY_H
#define ZM_TOOLS_COMMANDS_INFO_MEMORY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <zmalloc/sysinfo.h>

#include "info_limits.h"

struct zm_memory {
    int64_t pid;
    struct zmalloc_sysinfo_memory figures;
    struct zm_limits limits;
};

/* `pid` 0 is this process; `walk` asks also for what walks its page tables. Returns 0, or else the
 * exit status, the reason printed; figures.has is 0 if nothing at all can be told. */
int zm_memory_read(const char *subcommand, int64_t pid, bool walk, struct zm_memory *out);

/* 0, or -ENOMEM. */
int zm_memory_print(const struct zm_memory *memory, FILE *out);

/* One object; what is unknown, or wasn't asked for, is null. NULL: out of memory. */
json_t *zm_memory_json(const struct zm_memory *memory);

#endif
