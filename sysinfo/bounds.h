/* Which of several limits decides, and how much of it is left: the rules for every system.
 *
 * A file that a system shows may be invented by something in between (lxcfs, gVisor, an emulator),
 * so no figure is believed that another one contradicts.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_SYSINFO_BOUNDS_H
#define ZM_SYSINFO_BOUNDS_H

#include <zmalloc/sysinfo.h>

/* Tells of RAM that `total` bytes apply. Two sources may each say so: the smaller applies. A
 * machine has some RAM, so 0 is no answer. */
void zm_bound_ram(struct zmalloc_sysinfo_limit *out, uint64_t total);
/* Tells of RAM that `available` bytes are left, if that is possible; after all zm_bound_ram. */
void zm_bound_available(struct zmalloc_sysinfo_limit *out, uint64_t available);
/* Tells of RLIMIT_AS and of the address space in use, 0 where that is not known. */
void zm_bound_address_space(struct zmalloc_sysinfo_limit *out, uint64_t limit, uint64_t in_use);

/* A limit that applies, and what is left of one: the lowest decides. ZMALLOC_SYSINFO_UNLIMITED is
 * none, and nothing is left of it that could be told. */
void zm_bound_limit(struct zmalloc_sysinfo_limit *out, uint64_t limit, uint32_t by, uint32_t level);
void zm_bound_left(struct zmalloc_sysinfo_limit *out, uint64_t left, uint32_t by, uint32_t level);

/* To be called last. */
void zm_bounds_settle(struct zmalloc_sysinfo_limit *out);

#endif
