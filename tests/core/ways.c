/* SPDX-License-Identifier: BSD-3-Clause */
#include "ways.h"

#include <stdint.h>
#include <string.h>
#include <zmalloc.h>

static void *tell(size_t *usable, void *ptr)
{
    *usable = zmalloc_size(ptr);
    return ptr;
}

#define WAY(name, call)                                  \
    static void *get_##name(size_t size, size_t *usable) \
    {                                                    \
        return call;                                     \
    }

/* As a product of two numbers, where it is one. */
#define FACTORS(size) (size) % 2 ? 1 : 2, (size) % 2 ? (size) : (size) / 2

WAY(zmalloc, tell(usable, zmalloc(size)))
WAY(zcalloc, tell(usable, zcalloc(size)))
WAY(zcalloc_num, tell(usable, zcalloc_num(FACTORS(size))))
WAY(zrealloc, tell(usable, zrealloc(NULL, size)))
WAY(ztrymalloc, tell(usable, ztrymalloc(size)))
WAY(ztrycalloc, tell(usable, ztrycalloc(size)))
WAY(ztrycalloc_num, tell(usable, ztrycalloc_num(FACTORS(size))))
WAY(ztryrealloc, tell(usable, ztryrealloc(NULL, size)))
WAY(zmalloc_usable, zmalloc_usable(size, usable))
WAY(zcalloc_usable, zcalloc_usable(size, usable))
WAY(zrealloc_usable, zrealloc_usable(NULL, size, usable))
WAY(ztrymalloc_usable, ztrymalloc_usable(size, usable))
WAY(ztrycalloc_usable, ztrycalloc_usable(size, usable))
WAY(ztryrealloc_usable, ztryrealloc_usable(NULL, size, usable))
WAY(zaligned_alloc, tell(usable, zaligned_alloc(1, size)))
WAY(ztryaligned_alloc, tell(usable, ztryaligned_alloc(16, size)))
WAY(zaligned_alloc_usable, zaligned_alloc_usable(32, size, usable))
WAY(ztryaligned_alloc_usable, ztryaligned_alloc_usable(4096, size, usable))
WAY(zmalloc_cache_aligned, tell(usable, zmalloc_cache_aligned(size)))

#define PLAIN(name)                     \
    {                                   \
#        name, get_##name, false, false \
    }
#define PLAIN_ZERO(name)               \
    {                                  \
#        name, get_##name, true, false \
    }
#define TRY(name)                      \
    {                                  \
#        name, get_##name, false, true \
    }
#define TRY_ZERO(name)                \
    {                                 \
#        name, get_##name, true, true \
    }

const struct zm_way zm_ways[] = {
    PLAIN(zmalloc),
    PLAIN_ZERO(zcalloc),
    PLAIN_ZERO(zcalloc_num),
    PLAIN(zrealloc),
    TRY(ztrymalloc),
    TRY_ZERO(ztrycalloc),
    TRY_ZERO(ztrycalloc_num),
    TRY(ztryrealloc),
    PLAIN(zmalloc_usable),
    PLAIN_ZERO(zcalloc_usable),
    PLAIN(zrealloc_usable),
    TRY(ztrymalloc_usable),
    TRY_ZERO(ztrycalloc_usable),
    TRY(ztryrealloc_usable),
    PLAIN(zaligned_alloc),
    TRY(ztryaligned_alloc),
    PLAIN(zaligned_alloc_usable),
    TRY(ztryaligned_alloc_usable),
    PLAIN(zmalloc_cache_aligned),
};
const size_t zm_way_count = sizeof zm_ways / sizeof *zm_ways;

/* 64 different patterns of 251 bytes: a prime, so that no shift by a power of two goes unseen. */
enum { PERIOD = 251, SEEDS = 64, CHUNK = PERIOD * 16 };

static const unsigned char *pattern(unsigned seed)
{
    static unsigned char bytes[SEEDS + CHUNK];
    if (!bytes[0])
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (unsigned char)(1 + i % PERIOD);
    return bytes + seed % SEEDS;
}

void zm_fill(void *ptr, size_t size, unsigned seed)
{
    for (size_t done = 0; done < size; done += CHUNK)
        memcpy((char *)ptr + done, pattern(seed), size - done < CHUNK ? size - done : CHUNK);
}

bool zm_is_filled(const void *ptr, size_t size, unsigned seed)
{
    for (size_t done = 0; done < size; done += CHUNK)
        if (memcmp((const char *)ptr + done, pattern(seed),
                   size - done < CHUNK ? size - done : CHUNK) != 0)
            return false;
    return true;
}

bool zm_is_zero(const void *ptr, size_t size)
{
    static const char zeros[4096];
    for (size_t done = 0; done < size; done += sizeof zeros)
        if (memcmp((const char *)ptr + done, zeros,
                   size - done < sizeof zeros ? size - done : sizeof zeros) != 0)
            return false;
    return true;
}

size_t zm_promised_align(void)
{
    struct zmalloc_backend_info info = {.struct_size = sizeof info};
    for (size_t i = 0; i < zmalloc_backend_count(); i++)
        if (zmalloc_backend_describe(i, &info) == 0 && info.is_running &&
            info.caps & ZMALLOC_CAP_WORD_ALIGNED)
            return 8;
    return _Alignof(max_align_t);
}
