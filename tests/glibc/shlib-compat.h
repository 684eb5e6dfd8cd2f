/* Stands for glibc's own header of this name in its tests, which call functions that glibc no
 * longer links but still has. The oldest version of a 64-bit x86 libc is 2.2.5.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#define GLIBC_2_0                               "GLIBC_2.2.5"

#define TEST_COMPAT(lib, introduced, obsoleted) 1

#define compat_symbol_reference(lib, local, symbol, version) \
    __asm__(".symver " #local ", " #symbol "@" version)
