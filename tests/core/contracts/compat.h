/* zmalloc_get_allocator_info with the signatures of others: each file sees one header.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TESTS_COMPAT_H
#define ZM_TESTS_COMPAT_H

#include <stddef.h>

/* In the order of the parameters; those that a signature lacks stay as they are. */
struct zm_compat {
    size_t allocated, active, resident, retained, muzzy, frag_smallbins;
};

int zm_compat_redis8(struct zm_compat *out);
int zm_compat_valkey(struct zm_compat *out);
int zm_compat_valkey80(struct zm_compat *out);

/* All of the headers' functions that tell something, told NULL; asserted to survive. */
void zm_compat_redis8_untold(void);
void zm_compat_redis8_stat(void);
void zm_compat_valkey_untold(void);
void zm_compat_valkey80_untold(void);

/* What Redis 7.4 and 8 do for their Lua: an arena, a cache, blocks of both, and all of it gone. */
void zm_compat_redis8_interpreter(void);

#endif
