/* A stand-in for tests: only what sysinfo uses, with the numbers of the real one.
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once
#include <stddef.h>
#define CTL_KERN      1
#define CTL_HW        6
#define KERN_PROC     14
#define KERN_PROC_PID 1
#define HW_PHYSMEM    5
int sysctl(const int *mib, unsigned levels, void *old, size_t *old_length, const void *value,
           size_t value_length);
