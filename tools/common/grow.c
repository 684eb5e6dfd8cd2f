/* SPDX-License-Identifier: BSD-3-Clause */
#include "grow.h"

#include <stdlib.h>

void *zm_grow(void *all, size_t count, size_t *room, size_t bytes, size_t first)
{
    if (count < *room)
        return all;
    size_t more = *room ? 2 * *room : first;
    void *larger = realloc(all, more * bytes);
    if (larger)
        *room = more;
    return larger;
}
