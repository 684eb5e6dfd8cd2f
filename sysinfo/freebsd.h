/* The format of FreeBSD's KERN_PROC_VMMAP, for tests. SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_SYSINFO_FREEBSD_H
#define ZM_SYSINFO_FREEBSD_H

#include <stddef.h>
#include <stdint.h>

struct zm_freebsd_pages {
    uint64_t resident, own;
};
/* 0 or -EPROTO. */
int zm_freebsd_map(const char *buffer, size_t length, struct zm_freebsd_pages *sum);

#endif
