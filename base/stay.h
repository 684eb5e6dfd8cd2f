/* Keeps the object that holds this code loaded, whoever closes it.
 *
 * A thread that has allocated runs destructors of ours and of the allocator's when it ends. In a
 * plugin with a static copy of the library that may be after dlclose.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BASE_STAY_H
#define ZM_BASE_STAY_H

#include "compiler.h"

/* Does nothing in a program, and in a library that was linked with -z nodelete. It takes the
 * loader's lock. */
ZM_HIDDEN void zm_stay(void);

#endif
