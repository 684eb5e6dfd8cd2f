/* (a) once more, linked into the program: the allocator's thread-local storage is one load nearer.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "v_own.h"

#define v_free_sized own_free_sized

#define VARIANT      zm_variant_static
#define VARIANT_NAME "static"
#define VARIANT_TEXT "the same, linked into the program itself"
#include "loops_tmpl.h"
