/* SPDX-License-Identifier: BSD-3-Clause */
#include "names.h"

#include "backend.h"

size_t zm_append(char *to, size_t length, size_t size, const char *from)
{
    while (*from && length < size - 1)
        to[length++] = *from++;
    to[length] = '\0';
    return length;
}

const char *zm_names(char *list, size_t size)
{
    size_t length = 0;
    for (size_t i = 0; i < zm_backend_total; i++) {
        length = zm_append(list, length, size, i ? ", " : "");
        length = zm_append(list, length, size, zm_backends[i]->ops->name);
    }
    return list;
}
