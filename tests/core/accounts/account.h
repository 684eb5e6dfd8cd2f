/* The account under threads and forks, in parts; each returns how many tests failed.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TESTS_ACCOUNT_H
#define ZM_TESTS_ACCOUNT_H

#include <stdint.h>

int zm_account_threads(void);
int zm_account_destructors(void);
int zm_account_forks(void);
int zm_account_peak(void);

/* Before the first allocation, so that its destructor stands before the account's own. */
void zm_account_early_key(void);

struct zmalloc_stats zm_account_now(void);

#endif
