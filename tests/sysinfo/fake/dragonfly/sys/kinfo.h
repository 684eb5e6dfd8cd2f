/* A stand-in for tests: only what sysinfo uses, with the numbers of the real one.
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once
#include <stddef.h>
#include <sys/resource.h>
#define SZOMB 5
struct kinfo_proc {
    int kp_stat;
    size_t kp_vm_map_size; /* bytes */
    long kp_vm_rssize;     /* pages */
    unsigned kp_vm_prssize;
    struct rusage kp_ru;
};
