/* Allocates MIB mebibytes in blocks of 64 KiB and says what came of it, and which limits there are.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmalloc.h>

int main(int argc, char **argv)
{
    enum { BLOCK = 65536 };
    size_t wanted = argc > 1 ? (size_t)atoi(argv[1]) * (1 << 20) / BLOCK : 0, held = 0;
    void **list = NULL;
    for (void **block; held < wanted && (block = ztrymalloc(BLOCK)); held++) {
        memset(block, 1, BLOCK);
        *block = list;
        list = block;
    }
    struct zmalloc_limit_state limit = {.struct_size = sizeof limit};
    zmalloc_get_limit(&limit);
    printf("%u %llu %llu %zu %llu\n", limit.of, (unsigned long long)limit.hard,
           (unsigned long long)limit.soft, held * BLOCK, (unsigned long long)limit.refused);
    for (void **next; list; list = next) {
        next = *list;
        zfree(list);
    }
    return 0;
}
