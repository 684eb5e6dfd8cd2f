/* Resident memory, for those who ask with many allocations. Everything under the limit's lock.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_RUNTIME_LIMIT_RSS_H
#define ZM_RUNTIME_LIMIT_RSS_H

#include "accounting/sums.h"

/* Bytes; never below what is resident by the sums that were just read. */
uint64_t zm_limit_rss(const struct zm_sums *sums);

/* The next call asks the system. */
void zm_limit_rss_read_anew(void);

#endif
