/* (a): the allocator's own functions, called directly.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "v_own.h"

#define v_free_sized own_free_sized

#include "loops_tmpl.h"

ZM_VARIANT(direct, "direct", "the allocator itself");
