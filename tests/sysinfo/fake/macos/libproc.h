/* A stand-in for tests: only what sysinfo uses, with the numbers of the real one.
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once
#include <stdint.h>
#define PROC_PIDTASKINFO   4
#define PROC_PIDREGIONINFO 7
#define RUSAGE_INFO_V0     0
struct proc_taskinfo {
    uint64_t pti_virtual_size, pti_resident_size;
};
struct proc_regioninfo {
    uint32_t pri_pages_resident, pri_pages_swapped_out, pri_pages_dirtied;
    uint32_t pri_private_pages_resident, pri_shared_pages_resident;
    uint64_t pri_address, pri_size;
};
typedef void *rusage_info_t;
struct rusage_info_v0 {
    uint64_t ri_phys_footprint;
};
int proc_pidinfo(int pid, int flavor, uint64_t arg, void *buffer, int size);
int proc_pid_rusage(int pid, int flavor, rusage_info_t *buffer);
