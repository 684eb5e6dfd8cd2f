/* Libraries that are opened with RTLD_DEEPBIND.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_API_PRELOAD_DEEPBIND_H
#define ZM_API_PRELOAD_DEEPBIND_H

/* Once, at the start: reads ZMALLOC_DEEPBIND. */
void zm_deepbind_start(void);

#endif
