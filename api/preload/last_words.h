/* What a process says when a signal ends it.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_API_PRELOAD_LAST_WORDS_H
#define ZM_API_PRELOAD_LAST_WORDS_H

/* From now on `say` is called, in a signal handler, before SIGHUP, SIGINT or SIGTERM ends the
 * process by default. Once, at the start. */
void zm_last_words(void (*say)(void));

#endif
