/* SPDX-License-Identifier: BSD-3-Clause */
#include <zmalloc.h>

#include "switch.h"

const char *names[32];
size_t name_count;

void find_names(void)
{
    for (size_t i = 0; i < zmalloc_backend_count(); i++) {
        struct zmalloc_backend_info info = {.struct_size = sizeof info};
        if (zmalloc_backend_describe(i, &info) == 0)
            names[name_count++] = info.name;
    }
}
