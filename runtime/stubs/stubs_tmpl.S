/* What a stub is made of: see stubs.h.
 *
 * The jump is at first one to the instruction behind it, which goes through the table. Only its
 * four bytes of distance are ever written, all at once, so they lie in one aligned word of eight:
 * then a thread that runs here meanwhile goes one way or the other, and what debuggers and probes
 * put over the first byte of a function, and take away again, stays right.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "stubs.h"

#ifdef __ELF__ /* nothing here needs a stack that can be run */
    .section .note.GNU-stack, "", %progbits
#endif

#if ZM_STUBS

#    if defined(__CET__)
#        include <cet.h> /* tells the linker that this object has what indirect branches land on */
#    endif

.macro zm_stub name, at
    .p2align 4
    .globl \name
    .type \name, @function
\name:
    .cfi_startproc
#    if defined(__CET__) && (__CET__ & 1)
    endbr64
    nopl (%rax)
#    endif
.Ljump\@:
    .byte 0xe9
    .long 0
    jmp *zm_active_page+\at(%rip)
    .cfi_endproc
    .size \name, . - \name
    .pushsection .rodata.zm_stubs, "a", @progbits
    .long .Ljump\@ - ., \at
    .popsection
.endm

/* Between these two stand a file's stubs, all in one page: 512 bytes, aligned to that. The table has
 * an entry for each: see stubs.c. */
.macro zm_stubs_begin table
    .section .rodata.zm_stubs, "a", @progbits
    .p2align 3
    .globl \table
    .hidden \table
\table:
    .text
    .p2align 9
.Lstubs:
    .hidden zm_active_page
.endm

.macro zm_stubs_end
    .org .Lstubs + 512 /* an error if there are more */
    .section .rodata.zm_stubs, "a", @progbits
    .long 0, 0
.endm

#endif
