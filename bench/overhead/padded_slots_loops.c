/* (e): Redis 8's way.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#define MODEL(name) zm_padded_slots_##name
#include "v_model.h"

#include "loops_tmpl.h"

ZM_VARIANT(padded_slots, "padded-slots", "a model of Redis 8's layer: 16 padded counters");
