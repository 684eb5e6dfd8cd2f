/* (b): ours, shared library, backend chosen at run time.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "v_zmalloc.h"

#include "loops_tmpl.h"

ZM_VARIANT(chosen, "chosen", "zmalloc, backend chosen at run time");
