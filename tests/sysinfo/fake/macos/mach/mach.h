/* A stand-in for tests: only what sysinfo uses, with the numbers of the real one.
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once
#include <stdint.h>
typedef int kern_return_t;
typedef unsigned mach_port_t, mach_msg_type_number_t, task_flavor_t;
typedef int *task_info_t;
#define KERN_SUCCESS         0
#define MACH_TASK_BASIC_INFO 20
#define TASK_VM_INFO         22
struct mach_task_basic_info {
    uint64_t virtual_size, resident_size, resident_size_max;
};
typedef struct {
    uint64_t internal, compressed, phys_footprint, later;
} task_vm_info_data_t;
#define MACH_TASK_BASIC_INFO_COUNT (sizeof(struct mach_task_basic_info) / sizeof(int))
#define TASK_VM_INFO_COUNT         (sizeof(task_vm_info_data_t) / sizeof(int))
#define TASK_VM_INFO_REV0_COUNT    4
#define TASK_VM_INFO_REV1_COUNT    6
mach_port_t mach_task_self(void);
kern_return_t task_info(mach_port_t task, task_flavor_t flavor, task_info_t out,
                        mach_msg_type_number_t *count);
