/* (d): Redis 7's way.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#define MODEL(name) zm_one_atomic_##name
#include "v_model.h"

#include "loops_tmpl.h"

ZM_VARIANT(one_atomic, "one-atomic", "a model of Redis 7's layer: one atomic counter");
