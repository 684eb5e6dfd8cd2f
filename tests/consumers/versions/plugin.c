/* SPDX-License-Identifier: BSD-3-Clause */
#include <zmalloc.h>

const char *plugin_version(void);
void *plugin_take(size_t size);
void plugin_give_back(void *ptr);
size_t plugin_used(void);

const char *plugin_version(void)
{
    return zmalloc_version();
}

void *plugin_take(size_t size)
{
    return zmalloc(size);
}

void plugin_give_back(void *ptr)
{
    zfree(ptr);
}

size_t plugin_used(void)
{
    return zmalloc_used_memory();
}
