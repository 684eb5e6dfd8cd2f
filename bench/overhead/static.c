/* (a) once more, linked into the program: the allocator's thread-local storage is one load nearer.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "v_own.h"

#define v_free_sized own_free_sized

#include "loops_tmpl.h"

ZM_VARIANT(static, "static", "the same, linked into the program itself");
