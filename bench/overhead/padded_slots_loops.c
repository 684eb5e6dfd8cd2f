/* (e): the way of Redis 8.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#define MODEL(name) zm_padded_slots_##name
#include "v_model.h"

#define VARIANT      zm_variant_padded_slots
#define VARIANT_NAME "padded-slots"
#define VARIANT_TEXT "a model of Redis 8's layer: 16 padded counters"
#include "loops_tmpl.h"
