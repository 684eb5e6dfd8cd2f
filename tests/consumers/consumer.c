/* The program of every consumer here: allocates, holds the account against what it did, and says
 * what served it: "0.1.0 mimalloc-2.0.9".
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <string.h>
#include <zmalloc.h>

int main(void)
{
    size_t before = zmalloc_used_memory();
    char *small = zmalloc(100), *large = zcalloc(1000000);
    size_t held = zmalloc_size(small) + zmalloc_size(large);
    memset(small, 1, zmalloc_size(small));
    if (held < 1000100 || zmalloc_used_memory() - before != held) {
        fprintf(stderr, "used memory rose by %zu, not %zu\n", zmalloc_used_memory() - before, held);
        return 1;
    }
    zfree(small);
    zfree_with_size(large, 1000000);
    if (zmalloc_used_memory() != before) {
        fprintf(stderr, "used memory is %zu, not %zu\n", zmalloc_used_memory(), before);
        return 1;
    }
    printf("%s %s\n", zmalloc_version(), ZMALLOC_LIB);
    return 0;
}
