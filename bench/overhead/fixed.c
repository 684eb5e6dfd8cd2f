/* (c): ours, static library, backend fixed when it was built; compiled with the names of that
 * library.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "v_zmalloc.h"

#define VARIANT      zm_variant_fixed
#define VARIANT_NAME "fixed"
#define VARIANT_TEXT "zmalloc, backend fixed at build time"
#include "loops_tmpl.h"
