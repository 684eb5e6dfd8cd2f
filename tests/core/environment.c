/* What a program finds that leaves the choice to its first call: [clear] prints the backend.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmalloc.h>

ZMALLOC_START_LATE

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "clear") == 0)
        clearenv();
    zfree(zmalloc(100));
    struct zmalloc_limit_state limit = {.struct_size = sizeof limit};
    zmalloc_get_limit(&limit);
    printf("%s wraps '%s' hard %llu\n", zmalloc_backend_name(), zmalloc_wraps(),
           (unsigned long long)limit.hard);
    return 0;
}
