/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TESTS_FIRST_H
#define ZM_TESTS_FIRST_H

#include <pthread.h>

/* What the constructor made, to be freed by the caller; NULL from the second time on. */
char *zm_first_take(void);

/* A key older than any allocation; its destructor frees the value. */
pthread_key_t zm_first_key(void);

#endif
