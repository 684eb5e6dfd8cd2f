/* (a) once more, but linked into the program itself, where reaching the allocator's thread-local
 * storage takes one load less.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "v_own.h"

#define v_free_sized own_free_sized

#define VARIANT      zm_variant_static
#define VARIANT_NAME "static"
#define VARIANT_TEXT "the same, linked into the program itself"
#include "loops_tmpl.h"
