/* Measuring all variants of a work by turns, and printing the result.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BENCH_OVERHEAD_ROUNDS_H
#define ZM_BENCH_OVERHEAD_ROUNDS_H

#include <stdio.h>

#include "slice.h"

#define ZM_ROUNDS_MAX 1000

enum {
    ZM_DIRECT,
    ZM_STATIC,
    ZM_PLAIN,
    ZM_CHOSEN,
    ZM_FIXED,
    ZM_REDIS7,
    ZM_REDIS8,
    ZM_NO_OP,
    ZM_VARIANTS
};
extern const struct zm_variant *zm_variants[ZM_VARIANTS];

/* Fills that list. */
void zm_variants_list(void);

struct zm_rounds {
    size_t processes;
    size_t count;        /* of rounds in each; ZM_ROUNDS_MAX at most in all of them */
    double milliseconds; /* of one slice */
    uint64_t seed;
    FILE *table;
    FILE *json; /* NULL: none */
    const char *version;
    const char *program;  /* this one, as it can be started */
    const char *switched; /* NULL: the library begins with the backend that is measured */
};

/* Prints what the columns of the table are. */
void zm_rounds_head(const struct zm_rounds *how);

/* Measures a work in this process, and writes what its parent reads. Returns 0 or -1. */
int zm_rounds_measure(const struct zm_rounds *how, const struct zm_work *work, FILE *out);

/* Has a work measured in processes of their own, and prints its line. Returns 0, or -1 if one of
 * them failed, which says why. */
int zm_rounds_run(const struct zm_rounds *how, const char *operation, const struct zm_work *work);

#endif
