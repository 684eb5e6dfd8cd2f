/* The exported names that are one jump: see runtime/stubs/stubs.h. zmalloc.c has them for other
 * machines.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <zmalloc/names.h>

#include "runtime/stubs/stubs_tmpl.S"

#if ZM_STUBS

    zm_stubs_begin zm_stubs_api
    zm_stub zmalloc, ZM_AT_ZMALLOC
    zm_stub ztrymalloc, ZM_AT_ZTRYMALLOC
    zm_stub zcalloc, ZM_AT_ZCALLOC
    zm_stub zmalloc_usable, ZM_AT_ZMALLOC_USABLE
    zm_stub ztrymalloc_usable, ZM_AT_ZTRYMALLOC_USABLE
    zm_stub zrealloc, ZM_AT_ZREALLOC
    zm_stub zfree, ZM_AT_ZFREE
    zm_stub zfree_with_size, ZM_AT_ZFREE_WITH_SIZE
    zm_stub zmalloc_size, ZM_AT_USABLE
    zm_stub zmalloc_usable_size, ZM_AT_USABLE
    zm_stubs_end

/* The preload library has another: see api/preload/stubs.S. */
    .section .rodata.zm_no_stubs, "a", %progbits
    .p2align 3
    .weak zm_stubs_libc
    .hidden zm_stubs_libc
zm_stubs_libc:
    .long 0, 0

#endif
