/* What the parts of the switch test share.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TESTS_SWITCH_H
#define ZM_TESTS_SWITCH_H

#include "../core/test.h"

extern const char *names[]; /* of all backends */
extern size_t name_count;

void limits(void **state);

#endif
