/* A stand-in for tests: only what sysinfo uses, with the numbers of the real one. open() comes
 * from the test too. SPDX-License-Identifier: BSD-3-Clause */
#pragma once
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
typedef struct {
    int pr_nlwp;
    size_t pr_size, pr_rssize; /* KB */
} psinfo_t;
typedef struct {
    uintptr_t pr_vaddr;
    size_t pr_size; /* bytes */
    int pr_pagesize;
    size_t pr_rss, pr_anon, pr_locked; /* pages */
} prxmap_t;
int fake_open(const char *path, int flags);
#define open fake_open
