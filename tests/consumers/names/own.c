/* A source that knows nothing of the library.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <stddef.h>

static int calls;
static char arena[64];

void *zmalloc(size_t size);
int own_zmalloc_calls(void);

void *zmalloc(size_t size)
{
    calls++;
    return size <= sizeof arena ? arena : NULL;
}

int own_zmalloc_calls(void)
{
    return zmalloc(10) == arena && zmalloc(100) == NULL ? calls : -1;
}
