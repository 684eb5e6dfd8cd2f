/* Several backends in one process, and the one that new blocks come from.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_RUNTIME_SWITCH_H
#define ZM_RUNTIME_SWITCH_H

#include "accounting/counters.h"
#include "backends/backend.h"
#include "base/live_format.h"

/* Whether ZMALLOC_SWITCH or ZMALLOC_FOREIGN asks for the layer. Then the first backend, too, must
 * be one whose every byte we count. */
bool zm_switch_wanted(void);

/* That of the same allocator. The second is for the first backend, before it is started. */
const struct zm_backend *zm_switch_counted(const struct zm_backend *backend);
const struct zm_backend *zm_switch_prepared(const struct zm_backend *first);

/* The backend that new blocks come from; NULL: no switching in this process. */
const struct zm_backend *zm_switch_current(void);

/* Whether the process was switched late from this backend, which goes on counting its own bytes: so
 * it can't be counted beside as well. */
bool zm_switch_has_totals_of(const struct zm_backend *backend);

/* Arenas and thread caches that were made and not destroyed: blocks go to them past the layer, so
 * it can't come while there are any. */
extern ZM_HIDDEN _Atomic uint32_t zm_switch_hindrances;

/* What other processes are told. */
void zm_switch_describe(struct zm_live *out);

#endif
