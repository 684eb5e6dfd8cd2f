/* What the parts of the switch test share, and the test of pages.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TESTS_SWITCH_H
#define ZM_TESTS_SWITCH_H

#include "../core/test.h"

/* Of all backends, once they have been found. */
extern const char *names[];
extern size_t name_count;
void find_names(void);

void limits(void **state);

#endif
