/* Preloaded beside the library: allocates inside two functions of libc that the choice of the
 * backend calls, so that the early arena serves it.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "interposer.h"

#include <dlfcn.h>
#include <link.h>
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct zm_early_blocks zm_early_blocks;

static void take(void)
{
    static int inside; /* the first call is made by one thread, before main */
    if (inside++) {    /* late in the choice, when the backend serves already, or after it */
        free(malloc(50));
        return;
    }
    struct zm_early_blocks *b = &zm_early_blocks;
    volatile size_t all = SIZE_MAX; /* hidden from the compiler, which knows better */
    b->zero = calloc(10, 10);
    b->text = strdup("early text");
    b->grown = realloc(strdup("grown"), 3000);
    b->wide = memalign(512, 100);
    b->empty = malloc(0);
    b->to_free = malloc(200);
    free(malloc(50));
    if (posix_memalign(&b->posix, 256, 64) != 0)
        b->posix = NULL;
    b->too_much = malloc((size_t)1 << 30);
    b->negative = malloc(all - 100);
    b->overflow = calloc(all / 2, 3);
    b->text_usable = malloc_usable_size(b->text);
    b->calls++;
}

int dl_iterate_phdr(int (*callback)(struct dl_phdr_info *, size_t, void *), void *arg)
{
    take();
    int (*next)(int (*)(struct dl_phdr_info *, size_t, void *), void *);
    *(void **)&next = dlsym(RTLD_NEXT, "dl_iterate_phdr");
    return next(callback, arg);
}

int pthread_key_create(pthread_key_t *key, void (*destructor)(void *))
{
    take();
    int (*next)(pthread_key_t *, void (*)(void *));
    *(void **)&next = dlsym(RTLD_NEXT, "pthread_key_create");
    return next(key, destructor);
}
