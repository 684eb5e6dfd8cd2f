/* jemalloc in a process with several backends: there a thread's own totals are not the whole.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#undef ZM_FIXED_MODULE /* the functions that are called by name are those of the other */
#define ZM_COUNTED_BY_US
#include "jemalloc.c"
