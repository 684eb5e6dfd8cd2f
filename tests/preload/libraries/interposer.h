/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TESTS_INTERPOSER_H
#define ZM_TESTS_INTERPOSER_H

#include <stddef.h>

/* What was allocated while the choice was being made. */
struct zm_early_blocks {
    unsigned calls;
    char *zero;  /* 100 bytes */
    char *text;  /* "early text" */
    char *grown; /* "grown", 3000 bytes */
    void *wide;  /* 100 bytes at 512 */
    void *posix; /* 64 bytes at 256 */
    void *empty; /* malloc(0) */
    char *to_free;
    void *too_much, *negative, *overflow; /* refused */
    size_t text_usable;
};

#endif
