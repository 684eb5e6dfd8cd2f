/* The contract between sysinfo.c and the files of an operating system. Each system implements all
 * of this, and the build chooses whose files are compiled.
 *
 * The callers have checked the arguments: pid >= 0 (0 is this process), wanted has known bits only
 * and at least one, the struct is of this version and out->has is 0, no pointer is NULL. errno may
 * be changed: they keep it.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_SYSINFO_OS_H
#define ZM_SYSINFO_OS_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <zmalloc/sysinfo.h>

#ifndef ENODATA /* on FreeBSD, DragonFly and OpenBSD the error has another name */
#    define ENODATA ENOATTR
#endif

/* 0 if any wanted field was filled and marked, else the error of the first source that failed. */
int zm_os_memory(int64_t pid, uint32_t wanted, struct zmalloc_sysinfo_memory *out);
/* `field` has no colon, is 1 to ZM_FIELD_MAX letters, digits and underscores. */
int zm_os_smaps(int64_t pid, const char *field, size_t length, uint64_t *bytes);
int zm_os_ram(uint64_t *bytes);

/* Of these three `out` comes zeroed. What is filled in and marked counts whatever they return; only
 * zm_os_pressure returns an error exactly if it has marked nothing. */
int zm_os_limit(int64_t pid, struct zmalloc_sysinfo_limit *out);
int zm_os_level(int64_t pid, uint32_t level, struct zmalloc_sysinfo_level *out);
int zm_os_pressure(uint32_t scope, struct zmalloc_sysinfo_pressure *out);

int64_t zm_os_self(void);
/* Nanoseconds of a clock that nobody can set. */
uint64_t zm_os_now(void);

#define ZM_FIELD_MAX 48

#endif
