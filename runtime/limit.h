/* How ZMALLOC_LIMIT is read, and what other processes are told.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_RUNTIME_LIMIT_H
#define ZM_RUNTIME_LIMIT_H

#include <zmalloc/export.h>
#include <zmalloc/limit.h>

#include "base/compiler.h"
#include "base/live_format.h"

/* Reads a value of ZMALLOC_LIMIT: NULL, or what is wrong with it. */
const char *zm_limit_parse(const char *text, struct zmalloc_limit *out);

/* 0, with ZMALLOC_LIMIT_EFFECTIVE replaced; or the error of zmalloc_set_limit. */
int zm_limit_check(struct zmalloc_limit *wanted);

/* Once `base`, what the limit is over, has another front: puts the limit over that, if there is
 * one, else the front itself into the active table. 0, or -errno with the table as it was. */
int zm_limit_stand_anew(void);

/* For blocks that are allocated past the active table: whether the limit allows so many bytes. They
 * are taken off the thread's allowance by the second, when they are allocated. */
bool zm_limit_admits(size_t size);
void zm_limit_takes(size_t size);

/* The limits that are set, and how often they were met. */
extern ZM_HIDDEN struct zm_live_limits zm_limits_told;

#endif
