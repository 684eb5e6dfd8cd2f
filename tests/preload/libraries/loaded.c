/* SPDX-License-Identifier: BSD-3-Clause */
#include "loaded.h"

#include <dlfcn.h>
#include <stdio.h>

static size_t (*used_memory)(void);
static const char *(*backend_name)(void);

static void *found(void *symbol, const char *name)
{
    if (!symbol) {
        fprintf(stderr, "%s: not here; is the library preloaded?\n", name);
        exit(2);
    }
    return symbol;
}

void *zm_symbol(const char *name)
{
    return found(dlsym(RTLD_DEFAULT, name), name);
}

static void *zmalloc_symbol(const char *name)
{
    return found(dlvsym(RTLD_DEFAULT, name, ZM_VERSION_NODE), name);
}

void zm_loaded_init(void)
{
    *(void **)&used_memory = zmalloc_symbol(ZM_SYMBOL_PREFIX "zmalloc_used_memory");
    *(void **)&backend_name = zmalloc_symbol(ZM_SYMBOL_PREFIX "zmalloc_backend_name");
}

size_t zm_loaded_used(void)
{
    return used_memory();
}

const char *zm_loaded_backend(void)
{
    return backend_name();
}
