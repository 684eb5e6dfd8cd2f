/* libc's names that are one jump: see runtime/stubs/stubs.h. names.c has them for other machines.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "runtime/stubs/stubs_tmpl.S"

#if ZM_STUBS

    zm_stubs_begin zm_stubs_libc
    zm_stub malloc, ZM_AT_MALLOC
    zm_stub calloc, ZM_AT_CALLOC
    zm_stub realloc, ZM_AT_REALLOC
    zm_stub free, ZM_AT_ZFREE
    zm_stub cfree, ZM_AT_ZFREE
    zm_stub free_sized, ZM_AT_FREE_SIZED
    zm_stub malloc_usable_size, ZM_AT_USABLE

    zm_stub __libc_malloc, ZM_AT_MALLOC
    zm_stub __libc_calloc, ZM_AT_CALLOC
    zm_stub __libc_realloc, ZM_AT_REALLOC
    zm_stub __libc_free, ZM_AT_ZFREE
    zm_stubs_end

#endif
