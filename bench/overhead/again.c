/* (a) once more, at other addresses: how far two measurements of the same thing lie apart.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "v_own.h"

#define v_free_sized own_free_sized

#include "loops.h"

ZM_VARIANT(zm_variant_again, "again", "the same once more");
