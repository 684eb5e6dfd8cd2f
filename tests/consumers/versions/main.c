/* A program on one version of the library, its plugin on another.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <zmalloc.h>

const char *plugin_version(void);
void *plugin_take(size_t size);
void plugin_give_back(void *ptr);
size_t plugin_used(void);

int main(void)
{
    char *ours = zmalloc(1000);
    size_t used = zmalloc_used_memory();
    void *theirs = plugin_take(500000);
    printf("program %s holds %d, plugin %s holds %d\n", zmalloc_version(),
           used >= 1000 && used < 500000 && zmalloc_used_memory() == used, plugin_version(),
           plugin_used() >= 500000);
    plugin_give_back(theirs);
    zfree(ours);
    printf("%zu %zu\n", zmalloc_used_memory(), plugin_used());
    return 0;
}
