/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TESTS_DEEP_H
#define ZM_TESTS_DEEP_H

/* Gives another block with the same text, and frees the one that it gets. */
char *zm_deep_swap(char *text);

/* The address of free as the plugin sees it. */
const void *zm_deep_free(void);

#endif
