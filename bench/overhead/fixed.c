/* (c): ours, static library, backend fixed when it was built; compiled with the names of that
 * library.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "v_zmalloc.h"

#include "loops_tmpl.h"

ZM_VARIANT(fixed, "fixed", "zmalloc, backend fixed at build time");
