/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TESTS_OPENED_H
#define ZM_TESTS_OPENED_H

/* Returns a copy that outlives the library. */
char *zm_opened_copy(const char *text);

#endif
