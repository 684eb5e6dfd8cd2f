/* (c): a static library of zmalloc, whose backend was fixed when it was built. Its functions have
 * names of their own, with which this file is compiled.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "v_zmalloc.h"

#define VARIANT      zm_variant_fixed
#define VARIANT_NAME "fixed"
#define VARIANT_TEXT "zmalloc, backend fixed at build time"
#include "loops_tmpl.h"
