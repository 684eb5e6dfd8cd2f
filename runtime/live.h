/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_RUNTIME_LIVE_H
#define ZM_RUNTIME_LIVE_H

#include "backends/backend.h"

/* Once, when `backend` runs: other processes find the account from now on, see base/live_format.h.
 * Where the system has no memory files, or grants none, they don't. */
void zm_live_start(const struct zm_backend *backend);

/* Once, when the process can be switched that could not be at its start. */
void zm_live_tell_switch(void);

#endif
