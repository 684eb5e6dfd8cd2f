/* A stand-in for tests: only what sysinfo uses, with the numbers of the real one.
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once
#include <stddef.h>
#define CTL_HW     6
#define HW_MEMSIZE 24
int sysctl(int *mib, unsigned levels, void *old, size_t *old_length, void *value,
           size_t value_length);
