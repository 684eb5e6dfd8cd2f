/* (d): the way of Redis 7.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#define MODEL(name) zm_one_atomic_##name
#include "v_model.h"

#define VARIANT      zm_variant_one_atomic
#define VARIANT_NAME "one-atomic"
#define VARIANT_TEXT "a model of Redis 7's layer: one atomic counter"
#include "loops_tmpl.h"
