/* Threads that start together.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TESTS_THREADS_H
#define ZM_TESTS_THREADS_H

#include <pthread.h>

struct zm_crew;

/* Starts `count` threads that call body(arg, number); none begins before all are there. */
struct zm_crew *zm_crew_start(unsigned count, void (*body)(void *arg, unsigned number), void *arg);

/* Waits for their end, destructors included. */
void zm_crew_join(struct zm_crew *crew);

#endif
