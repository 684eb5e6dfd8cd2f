/* A directory of fixtures in the place of /. SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TEST_SYSINFO_TREE_H
#define ZM_TEST_SYSINFO_TREE_H

#include <stddef.h>
#include <stdint.h>
#include <zmalloc/sysinfo.h>

extern char tree_top[];
extern int tree_root;

/* cmocka's setup and teardown. */
int tree_plant(void **state);
int tree_fell(void **state);
/* Writes a file and the directories above it; the path has no leading slash. */
void tree_put(const char *path, const char *text);
void tree_put_bytes(const char *path, const char *bytes, size_t length);

/* Puts a symbolic link in the file's place. */
void tree_link(const char *path, const char *target);

/* zm_linux_limit, which must not fail. */
struct zmalloc_sysinfo_limit tree_limit(int64_t pid);

#endif
