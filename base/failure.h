/* What happens when memory runs out, and the message of last resort.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BASE_FAILURE_H
#define ZM_BASE_FAILURE_H

#include <stddef.h>
#include <zmalloc/export.h>

#include "compiler.h"

ZMALLOC_BEGIN

/* Calls the OOM handler with the size asked for; NULL with ENOMEM if it returns. */
ZM_COLD void *zm_oom(size_t size);

/* NULL, and errno ENOMEM. */
ZM_COLD void *zm_enomem(void);

/* Returns ptr from the calling function, or what the failure's handling returns. */
#define ZM_OR(ptr, failure)                                  \
    do {                                                     \
        void *zm_or_ptr = (ptr);                             \
        return ZM_LIKELY(zm_or_ptr) ? zm_or_ptr : (failure); \
    } while (0)

/* Writes the NULL-terminated list of strings and a newline to stderr; allocates nothing. */
void zm_complain(const char *first, ...) __attribute__((sentinel));

/* Ends the process: a resized block is where nobody can note whose it is, for want of memory, and
 * the old one is no more. */
ZM_COLD void zm_no_note(void) __attribute__((noreturn));

/* `value` in decimal, written to the end of `buf`; returns its start. */
#define ZM_DECIMAL_MAX 21
char *zm_decimal(char buf[ZM_DECIMAL_MAX], unsigned long long value);

ZMALLOC_END

#endif
