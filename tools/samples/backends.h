/* Which of the backends built in a command line means.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_SAMPLES_BACKENDS_H
#define ZM_TOOLS_SAMPLES_BACKENDS_H

#include <stdbool.h>
#include <stddef.h>

#define ZM_BACKENDS_MAX 32

struct zm_backend_list {
    const char *names[ZM_BACKENDS_MAX]; /* the library's own strings */
    size_t count;
};

/* All that are built in, libc first: it is the baseline of a comparison. */
void zm_backends_all(struct zm_backend_list *out);

/* "a,b,c". Returns 0, else the exit status, the reason printed. */
int zm_backends_parse(const char *subcommand, const char *text, struct zm_backend_list *out);

/* One name, or a file of a backend from outside, as ZMALLOC_BACKEND takes them: "lib:libx.so.2",
 * "./module.so". A path is made absolute, for commands may change directory; the result is then
 * good until the process ends. NULL if it is not built in, or there is no such file, the reason
 * printed. */
const char *zm_backend_find(const char *subcommand, const char *name, size_t length);

/* Whether a name of zm_backend_find is a library's. Some want TLS that only a process's start can
 * reserve: ZM_TLS_TUNABLE in its environment does, under glibc. */
bool zm_backend_is_library(const char *name);
#define ZM_TLS_TUNABLE "GLIBC_TUNABLES"

/* The value of ZM_TLS_TUNABLE for a process that loads one: what is there, and ours. NULL: out of
 * memory. */
const char *zm_backend_tls_tunable(void);

/* The build's default. */
const char *zm_backend_default(void);

/* libc if it is listed, else the first. */
size_t zm_backends_baseline(const struct zm_backend_list *list);

#endif
