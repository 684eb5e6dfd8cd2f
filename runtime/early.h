/* Memory for calls that come from inside the choice of the backend.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_RUNTIME_EARLY_H
#define ZM_RUNTIME_EARLY_H

#include "backends/front_tmpl.h"

/* Functions that serve from a small static arena. Not thread-safe: only the choosing thread calls.
 */
const struct zm_front *zm_early(void);

/* `front` as it is, or, if the arena was used, one that also knows the arena's blocks: then and
 * only then does every free have to ask. */
const struct zm_front *zm_early_front(const struct zm_front *front);

#endif
