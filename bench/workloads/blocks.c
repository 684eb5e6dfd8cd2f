/* What happens when there is no block.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "blocks.h"

#include <stdio.h>
#include <stdlib.h>

void zm_out_of_memory(size_t size)
{
    fprintf(stderr, "workload: no memory for a block of %zu bytes\n", size);
    _Exit(1);
}
