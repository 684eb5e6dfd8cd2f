/* Marks what the library exports; every public header includes it.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZMALLOC_EXPORT_H
#define ZMALLOC_EXPORT_H

#include <zmalloc/names.h> /* made by the build: renames for -Dsymbol_prefix= */

#if defined(__GNUC__)
#    define ZMALLOC_API        __attribute__((visibility("default")))
#    define ZMALLOC_ATTR(list) __attribute__(list)
#else
#    define ZMALLOC_API
#    define ZMALLOC_ATTR(list)
#endif

#ifdef __cplusplus
#    define ZMALLOC_BEGIN extern "C" {
#    define ZMALLOC_END   }
#else
#    define ZMALLOC_BEGIN
#    define ZMALLOC_END
#endif

#endif
