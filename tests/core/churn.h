/* Threads that allocate, pass their blocks on through a common mailbox, and free those of others.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TESTS_CHURN_H
#define ZM_TESTS_CHURN_H

#include <stddef.h>
#include <stdint.h>

enum {
    ZM_CHURN_BOXES = 512,
    ZM_CHURN_LARGEST = 25000,                          /* usable bytes of one block, at most */
    ZM_CHURN_MOST = ZM_CHURN_BOXES * ZM_CHURN_LARGEST, /* of all in the mailbox */
};

/* `rounds` blocks in, as many out. */
void zm_churn(uint64_t seed, unsigned rounds);

/* Usable bytes of what lies in the mailbox. */
size_t zm_churn_held(void);

/* Frees it all. */
void zm_churn_end(void);

#endif
