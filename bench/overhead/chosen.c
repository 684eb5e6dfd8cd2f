/* (b): the shared library of zmalloc, whose backend is chosen at run time.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "v_zmalloc.h"

#define VARIANT      zm_variant_chosen
#define VARIANT_NAME "chosen"
#define VARIANT_TEXT "zmalloc, backend chosen at run time"
#include "loops_tmpl.h"
