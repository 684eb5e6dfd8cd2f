/* tcmalloc, the whole: with sampling, stack traces and the heap profile.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <tcmalloc_full.h>

#define TC(name)  tcfull_##name
#define HOT(name) tcfull_hot::name
#define FIGURES   tcfull_figures
#define TC_NAME   "tcmalloc"
#include "ops.h"

ZM_BACKEND(tcmalloc, ops);
