/* A process's memory as the operating system counts it, for people and as JSON.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_MEMORY_H
#define ZM_TOOLS_MEMORY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <zmalloc/sysinfo.h>

/* `pid` 0 is this process; `walk` asks also for what walks its page tables. Returns 0, else the
 * exit status, the reason printed. */
int zm_memory_read(const char *subcommand, int64_t pid, bool walk,
                   struct zmalloc_sysinfo_memory *out);

void zm_memory_print(const struct zmalloc_sysinfo_memory *memory, FILE *out);

/* An object with the fields that are known, "rss_bytes" and so on; NULL: out of memory. */
json_t *zm_memory_json(const struct zmalloc_sysinfo_memory *memory);

#endif
