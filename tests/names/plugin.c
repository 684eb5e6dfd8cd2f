/* A plugin with a static copy of the library in it: what its threads leave behind runs when they
 * end, which may be after dlclose.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>
#include <zmalloc.h>

void *plugin_take(size_t size);
size_t plugin_used(void);
const char *plugin_backend(void);

/* Some of it freed, so that the thread has a cache too. */
void *plugin_take(size_t size)
{
    void *kept = memset(zmalloc(size), 1, size);
    for (size_t n = 1; n < 2000; n += 7)
        zfree(zmalloc(n));
    return kept;
}

size_t plugin_used(void)
{
    return zmalloc_used_memory();
}

const char *plugin_backend(void)
{
    return zmalloc_backend_name();
}
