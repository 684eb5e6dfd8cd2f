/* Which backends a command line means.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_SAMPLES_BACKENDS_H
#define ZM_TOOLS_SAMPLES_BACKENDS_H

#include <stdbool.h>
#include <stddef.h>

#define ZM_BACKENDS_MAX 32

struct zm_backend_list {
    char *names[ZM_BACKENDS_MAX]; /* owned */
    size_t count;
};

/* These two fill an empty list, and print the reason if they return another exit status than 0. */

/* All backends that are built in, libc first: it is the baseline of a comparison. */
int zm_backends_all(const char *subcommand, struct zm_backend_list *out);

/* Those that "a,b,c" names, instead of what is in the list. */
int zm_backends_parse(const char *subcommand, const char *text, struct zm_backend_list *out);

void zm_backends_clear(struct zm_backend_list *list);

/* The backend that `length` bytes of `name` mean, as ZMALLOC_BACKEND takes it: one that is built
 * in, or a file from outside ("lib:libx.so.2", "./module.so"). Paths are made absolute, because
 * commands may change directory. The caller frees it. NULL, the reason printed, if there is no such
 * backend or file. */
char *zm_backend_find(const char *subcommand, const char *name, size_t length);

/* Whether the backend is the malloc of a library. Some libraries want thread-local storage that can
 * only be reserved when a process starts: under glibc, by ZM_TLS_TUNABLE in its environment. */
bool zm_backend_is_library(const char *name);
#define ZM_TLS_TUNABLE "GLIBC_TUNABLES"

/* The value of ZM_TLS_TUNABLE for a process that loads such a library: what is set already, and
 * ours. The caller frees it. NULL: out of memory. */
char *zm_backend_tls_tunable(void);

/* The backend that this build takes by default; the library's own string. */
const char *zm_default_backend_name(void);

/* The index of libc if it is listed, else 0. */
size_t zm_backends_baseline(const struct zm_backend_list *list);

#endif
