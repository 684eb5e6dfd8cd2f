/* Stubs: the exported names that are nothing but a jump to a function of the active table.
 *
 * On x86-64 under Linux they are written in assembly, so that the jump can lead to the function
 * itself, without a load from the table and without the processor having to guess where it goes.
 * Elsewhere, and where the system does not let code be written, they jump through the table.
 *
 * This file is for C and for assembly.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_RUNTIME_STUBS_H
#define ZM_RUNTIME_STUBS_H

#if defined(__linux__) && defined(__x86_64__) && defined(__LP64__) && !defined(ZM_SANITIZED)
#    define ZM_STUBS 1
#else
#    define ZM_STUBS 0
#endif

/* Where a function stands in the table, in bytes. */
#define ZM_AT_ZMALLOC           0
#define ZM_AT_ZTRYMALLOC        8
#define ZM_AT_ZCALLOC           16
#define ZM_AT_ZMALLOC_USABLE    24
#define ZM_AT_ZTRYMALLOC_USABLE 32
#define ZM_AT_ZREALLOC          40
#define ZM_AT_ZFREE             48
#define ZM_AT_ZFREE_WITH_SIZE   56
#define ZM_AT_MALLOC            64
#define ZM_AT_CALLOC            72
#define ZM_AT_REALLOC           80
#define ZM_AT_FREE_SIZED        96
#define ZM_AT_USABLE            144

#ifndef __ASSEMBLER__

#    include "backends/front.h"

/* In a change of the active table: the first before anything is written, the second when the table
 * is. A system that refuses at first has stubs that go through the table; one that has let the
 * jumps be written, and then refuses, gets no change at all: -errno, else 0. */
int zm_stubs_unlock(void);
void zm_stubs_follow(const struct zm_front *active);

#endif

#endif
