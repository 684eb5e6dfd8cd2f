/* tcmalloc_minimal: the allocator alone.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <tcmalloc_minimal.h>

#define TC(name)  tcmin_##name
#define HOT(name) tcmin_hot::name
#define FIGURES   tcmin_figures
#define TC_NAME   "tcmalloc_minimal"
#include "ops.h"

ZM_BACKEND(tcmalloc_minimal, ops);
