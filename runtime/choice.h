/* The running backend: chosen when the program starts, then fixed.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_RUNTIME_CHOICE_H
#define ZM_RUNTIME_CHOICE_H

#include <stdbool.h>

#include "backends/backend.h"

/* Makes the choice if it is still open, and the process is far enough for that. An unknown name
 * ends the process. */
void zm_choose(void);

/* Whether the calling thread is in the middle of making the choice, or runs where none can be made
 * yet: in the resolver of an IFUNC. */
bool zm_choosing(void);

/* The running backend; zm_running makes the choice, zm_chosen is NULL while it is open. */
const struct zm_backend *zm_running(void);
const struct zm_backend *zm_chosen(void);

/* The value of ZMALLOC_BACKEND where that is a file; else "". */
const char *zm_chosen_outside(void);

#endif
