/* ZMALLOC_LIMIT_EFFECTIVE where the system refuses first: `reclaim` is asked before anything fails.
 *
 * usage: limit_system SIZE used|rss
 *
 * A cache of blocks of SIZE bytes fills the address space that RLIMIT_AS leaves, several times
 * over.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "torture.h"

#include <sys/resource.h>

static const size_t ROOM = (size_t)64 << 20;
static void *list;
static uint64_t asked, held, given;

static size_t evict(size_t wanted, void *arg)
{
    (void)arg;
    size_t freed = 0;
    asked++;
    while (freed < wanted + 65536 && list) {
        void *next = *(void **)list;
        freed += zmalloc_size(list);
        zfree(list);
        list = next;
    }
    held -= freed;
    return freed;
}

static size_t address_space(void)
{
    size_t pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    ZM_WANT(file && fscanf(file, "%zu", &pages) == 1);
    fclose(file);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

int main(int argc, char **argv)
{
    ZM_WANT(argc == 3);
    alarm(ZM_HANGS_AFTER * 3);
    size_t size = strtoul(argv[1], NULL, 10);
    /* rpmalloc maps 256 MiB for the first block of a size: those are there before the limit. */
    zfree(zmalloc(zm_is(zm_backend(), "rpmalloc") ? size : 10));
    size_t most = address_space() + ROOM;
    ZM_WANT(setrlimit(RLIMIT_AS, &(struct rlimit){most, most}) == 0);
    struct zmalloc_limit limit = {.struct_size = sizeof limit,
                                  .hard = ZMALLOC_LIMIT_EFFECTIVE,
                                  .of = zm_is(argv[2], "rss") ? ZMALLOC_LIMIT_RSS
                                                              : ZMALLOC_LIMIT_USED,
                                  .reclaim = evict};
    ZM_WANT(zmalloc_set_limit(&limit) == 0);
    /* More than the address space can hold, and then some. */
    while (given < most + 2 * ROOM) {
        void **block = ztrymalloc(size);
        if (!block)
            dprintf(STDERR_FILENO, "refused at %zu of %zu MiB; reclaim was asked %zu times\n",
                    (size_t)held >> 20, most >> 20, (size_t)asked);
        ZM_WANT(block);
        *block = list;
        list = block;
        held += zmalloc_size(block);
        given += zmalloc_size(block);
    }
    struct zmalloc_limit_state state = {.struct_size = sizeof state};
    ZM_WANT(zmalloc_get_limit(&state) == 0);
    ZM_WANT(asked > 0 && state.reclaims == asked && state.refused == 0);
    ZM_WANT(held == zmalloc_used_memory());
    return 0;
}
