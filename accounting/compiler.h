/* What the compiler is asked for beyond C11.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_ACCOUNTING_COMPILER_H
#define ZM_ACCOUNTING_COMPILER_H

#define ZM_LIKELY(x)   __builtin_expect(!!(x), 1)
#define ZM_UNLIKELY(x) __builtin_expect(!!(x), 0)
#define ZM_COLD        __attribute__((cold, noinline))
#define ZM_INLINE      static inline __attribute__((always_inline))

/* initial-exec is one load; -Ddlopen_safe_tls leaves the model to the compiler. */
#ifdef ZM_TLS_INITIAL_EXEC
#    define ZM_THREAD_LOCAL _Thread_local __attribute__((tls_model("initial-exec")))
#else
#    define ZM_THREAD_LOCAL _Thread_local
#endif

#endif
