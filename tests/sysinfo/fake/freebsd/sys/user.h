/* A stand-in for tests: only what sysinfo uses, with the numbers of the real one.
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once
#include <stdint.h>
#include <sys/resource.h>
#define SZOMB 5
struct kinfo_proc {
    int ki_structsize;
    char ki_stat;
    uint64_t ki_size; /* bytes */
    long ki_rssize;   /* pages */
    struct rusage ki_rusage;
};
struct kinfo_vmentry {
    int kve_structsize;
    int kve_type;
    uint64_t kve_start, kve_end;
    int kve_resident, kve_private_resident;
    char kve_path[1024];
};
