/* What the layers below know of heaps.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_RUNTIME_HEAPS_HEAPS_H
#define ZM_RUNTIME_HEAPS_HEAPS_H

#include "backends/backend.h"

/* Within a change (change.h), once what heaps stand over has another front and other ops: tells
 * whoever stands above. 0; -EBUSY if there are heaps, or were; or -errno with all as it was. */
int zm_heaps_stand_anew(void);

#endif
