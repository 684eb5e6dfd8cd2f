/* Finds libc's own malloc under any preload and link order.
 *
 * dlsym(RTLD_NEXT) finds the next interposer, __libc_malloc is itself interposed by some
 * allocators, and dlopen may allocate, which under our own preload comes back here. So the dynamic
 * symbol table of the object that calls itself libc is read directly: no lock but the loader's own,
 * no allocation.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "libc_real.h"

#include <stdlib.h>
#if defined(__has_include)
#    if __has_include(<malloc.h>) && defined(__linux__)
#        include <malloc.h>
#    elif __has_include(<malloc_np.h>) /* FreeBSD, DragonFly */
#        include <malloc_np.h>
#    endif
#endif
#include <zmalloc.h>

#if defined(__linux__) && !defined(ZM_SANITIZED)

#    include <elf.h>
#    include <link.h>
#    include <stdatomic.h>
#    include <stdbool.h>
#    include <stdint.h>
#    include <string.h>

struct object {
    uintptr_t base;
    const ElfW(Sym) * symbols;
    const char *strings;
    const uint32_t *gnu_hash, *hash;
    const char *soname;
};

/* Some architectures' loaders leave the dynamic section's addresses relative to the base. */
static uintptr_t absolute(uintptr_t base, uintptr_t address)
{
    return address < base ? base + address : address;
}

static void read_dynamic(struct object *o, const ElfW(Dyn) * dynamic)
{
    size_t soname = 0;
    for (; dynamic->d_tag != DT_NULL; dynamic++) {
        uintptr_t at = absolute(o->base, dynamic->d_un.d_ptr);
        switch (dynamic->d_tag) {
        case DT_SYMTAB:
            o->symbols = (const ElfW(Sym) *)at;
            break;
        case DT_STRTAB:
            o->strings = (const char *)at;
            break;
        case DT_GNU_HASH:
            o->gnu_hash = (const uint32_t *)at;
            break;
        case DT_HASH:
            o->hash = (const uint32_t *)at;
            break;
        case DT_SONAME:
            soname = dynamic->d_un.d_val;
            break;
        }
    }
    if (o->strings && soname)
        o->soname = o->strings + soname;
}

static void *defined(const struct object *o, uint32_t index, const char *name)
{
    const ElfW(Sym) *symbol = &o->symbols[index];
    bool function = (symbol->st_info & 0xf) == STT_FUNC;
    if (!function || symbol->st_shndx == SHN_UNDEF ||
        strcmp(o->strings + symbol->st_name, name) != 0)
        return NULL;
    return (void *)(o->base + symbol->st_value);
}

static void *look_up_gnu(const struct object *o, const char *name)
{
    uint32_t buckets = o->gnu_hash[0], first = o->gnu_hash[1], bloom_words = o->gnu_hash[2];
    const uint32_t *bucket = &o->gnu_hash[4 + bloom_words * (sizeof(ElfW(Addr)) / 4)];
    const uint32_t *chain = bucket + buckets;
    uint32_t hash = 5381;
    for (const char *s = name; *s; s++)
        hash = hash * 33 + (unsigned char)*s;
    uint32_t i = bucket[hash % buckets];
    if (i < first)
        return NULL;
    for (;; i++) {
        uint32_t other = chain[i - first];
        void *found = (other | 1) == (hash | 1) ? defined(o, i, name) : NULL;
        if (found || (other & 1))
            return found;
    }
}

static void *look_up(const struct object *o, const char *name)
{
    if (o->gnu_hash)
        return look_up_gnu(o, name);
    for (uint32_t i = 0; o->hash && i < o->hash[1]; i++) {
        void *found = defined(o, i, name);
        if (found)
            return found;
    }
    return NULL;
}

/* glibc calls itself libc.so.6, musl libc.so or libc.musl-*; or it has no name, and was loaded as
 * the loader that it is, too. */
static bool is_libc(const char *soname, const char *path)
{
    const char *slash = path ? strrchr(path, '/') : NULL, *file = slash ? slash + 1 : path;
    if (soname)
        return strncmp(soname, "libc.", 5) == 0;
    return file && (strncmp(file, "ld-musl-", 8) == 0 || strncmp(file, "libc.", 5) == 0);
}

static int take_libc(struct dl_phdr_info *info, size_t size, void *arg)
{
    (void)size;
    struct object o = {.base = info->dlpi_addr};
    for (int i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_DYNAMIC)
            read_dynamic(&o, (const ElfW(Dyn) *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr));
    if (!o.symbols || !o.strings || !is_libc(o.soname, info->dlpi_name) || !look_up(&o, "malloc"))
        return 0;
    *(struct object *)arg = o;
    return 1;
}

void *zm_libc_symbol(const char *name)
{
    struct object libc;
    return dl_iterate_phdr(take_libc, &libc) ? look_up(&libc, name) : NULL;
}

static int count_objects(struct dl_phdr_info *info, size_t size, void *arg)
{
    (void)size;
    for (int i = 0; i < info->dlpi_phnum; i++)
        *(bool *)arg |= info->dlpi_phdr[i].p_type == PT_INTERP;
    return 0;
}

/* In a static program nothing can be preloaded: the names mean what they say. */
static bool is_static(void)
{
    bool dynamic = false;
    dl_iterate_phdr(count_objects, &dynamic);
    return !dynamic;
}

static bool find(struct zm_libc *real)
{
    struct object libc;
    if (!dl_iterate_phdr(take_libc, &libc))
        return is_static();
    *(void **)&real->malloc = look_up(&libc, "malloc");
    *(void **)&real->calloc = look_up(&libc, "calloc");
    *(void **)&real->realloc = look_up(&libc, "realloc");
    *(void **)&real->free = look_up(&libc, "free");
    *(void **)&real->posix_memalign = look_up(&libc, "posix_memalign");
    *(void **)&real->malloc_usable_size = look_up(&libc, "malloc_usable_size");
    *(void **)&real->malloc_trim = look_up(&libc, "malloc_trim");
    return real->calloc && real->realloc && real->free && real->posix_memalign;
}

#else /* there is nothing to get round, or no way: the names are what the program sees */

#    include <stdatomic.h>
#    include <stdbool.h>

static bool find(struct zm_libc *real)
{
    (void)real;
    return true;
}

#endif

#ifdef ZM_HAVE_MALLOC_USABLE_SIZE
/* Systems don't agree whether the pointer is const. */
static size_t usable_size(void *ptr)
{
    return malloc_usable_size(ptr);
}
#endif

const struct zm_libc *zm_libc_real(void)
{
    enum { UNKNOWN, BUSY, FOUND, MISSING };
    static _Atomic int state = UNKNOWN;
    static struct zm_libc real = {
        .malloc = malloc,
        .calloc = calloc,
        .realloc = realloc,
        .free = free,
        .posix_memalign = posix_memalign,
#ifdef ZM_HAVE_MALLOC_USABLE_SIZE
        .malloc_usable_size = usable_size,
#endif
#ifdef ZM_HAVE_MALLOC_TRIM
        .malloc_trim = malloc_trim,
#endif
    };
    int now = atomic_load_explicit(&state, memory_order_acquire);
    if (now == UNKNOWN && atomic_compare_exchange_strong(&state, &now, BUSY)) {
        now = find(&real) ? FOUND : MISSING;
        atomic_store_explicit(&state, now, memory_order_release);
    }
    while (now == BUSY)
        now = atomic_load_explicit(&state, memory_order_acquire);
    return now == FOUND ? &real : NULL;
}
