/* tcmalloc_minimal: the allocator alone.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <tcmalloc_minimal.h>

#define TC(name)   tcmin_##name
#define HOT(name)  tcmin_hot::name
#define FIGURES    tcmin_figures
#define CACHE_ENDS tcmin_cache_ends
#define NOTE_PAGES tcmin_note_pages
#include "ops.h"

#define ZM_OPS ops
#include "backends/front_tmpl.h"
