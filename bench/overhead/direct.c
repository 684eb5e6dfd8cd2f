/* (a): the allocator's own functions, which are called directly.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "v_own.h"

#define v_free_sized own_free_sized

#define VARIANT      zm_variant_direct
#define VARIANT_NAME "direct"
#define VARIANT_TEXT "the allocator itself"
#include "loops_tmpl.h"
