/* Wraps: layers that ZMALLOC_WRAP puts between the account and the chosen backend.
 *
 * A wrap is a table of ops like a backend's, over another table that it is given when it starts. It
 * can be in the chain only once, so its state is static. Without ZMALLOC_WRAP none of this runs.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BACKENDS_WRAP_WRAP_H
#define ZM_BACKENDS_WRAP_WRAP_H

#include <stdbool.h>

#include "backends/backend.h"

enum zm_wrap_kind {
    ZM_WRAP_NUMBER, /* uint64_t: 1000 */
    ZM_WRAP_BYTES,  /* uint64_t: 1000, 64K, 16M, 2G */
    ZM_WRAP_SHARE,  /* uint64_t: 0 to 1, as a share of UINT64_MAX */
    ZM_WRAP_TEXT,   /* const char *, for good */
};

struct zm_wrap_option {
    const char *name;
    enum zm_wrap_kind kind;
    void *value;
};

struct zm_wrap {
    const char *name;
    const struct zm_wrap_option *options; /* the last has no name */
    const struct zm_ops *ops;             /* caps, min_size, version and init are not looked at */

    /* Called when its options are set. Returns NULL, or what is wrong with them. May be called
     * without start. */
    const char *(*check)(void);

    /* Called once, before its first op. `below` is the table to call. Returns NULL, or why it
     * can't start. */
    const char *(*start)(const struct zm_ops *below);

    /* Optional: when the process exits. */
    void (*finish)(void);
};

/* The list of them: a file of this folder defines zm_wrap_NAME. */
#define ZM_WRAPS(X)           X(guard) X(fault) X(count) X(slow)

#define ZM_WRAP_DECLARE(NAME) extern const struct zm_wrap zm_wrap_##NAME;
ZM_WRAPS(ZM_WRAP_DECLARE)

/* Reads a value of ZMALLOC_WRAP. NULL, or what is wrong with it, in static storage: not
 * thread-safe. */
const char *zm_wrap_parse(const char *list);

/* Starts the wraps that were read, around `backend`. Returns the backend to run; NULL, with the
 * reason in *why, if they can't. */
const struct zm_backend *zm_wrap_start(const struct zm_backend *backend, const char **why);

/* The list that is running; "" without one. */
const char *zm_wrap_running(void);

/* Lets the wraps report, once in each process. A destructor calls it too. */
void zm_wrap_finish(void);

#endif
