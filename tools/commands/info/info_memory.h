/* A process's memory as the operating system counts it, for people and as JSON: what it uses and
 * shares, what a fork would cost, and what limits it.
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

/* `pid` 0 is this process. `walk` asks for the figures that make the kernel walk its page tables,
 * too. Returns 0, or the exit status after printing the reason. figures.has is 0 if there is
 * nothing at all to show. */
int zm_memory_read(const char *subcommand, int64_t pid, bool walk, struct zm_memory *out);

/* 0, or -ENOMEM. */
int zm_memory_print(const struct zm_memory *memory, FILE *out);

/* A JSON object, in which null stands for what is unknown or was not asked for. NULL: out of
 * memory. */
json_t *zm_memory_json(const struct zm_memory *memory);

#endif
