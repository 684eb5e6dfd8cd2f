/* `reclaim` whose result is not true: the allocation ends all the same, and the counter is sane.
 *
 * usage: limit_lies negative|wanted|huge
 *
 * negative: as of a program that takes the difference of used memory, and allocates while it
 * evicts. wanted: as much as was asked for, while nothing is freed. huge: SIZE_MAX.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "torture.h"

static const char *way;
static void *junk[10000];
static unsigned calls;

static size_t lie(size_t wanted, void *arg)
{
    (void)arg;
    size_t before = zmalloc_used_memory();
    ZM_WANT(calls < sizeof junk / sizeof *junk); /* or it never ends */
    junk[calls++] = zmalloc(64);
    if (zm_is(way, "negative"))
        return before - zmalloc_used_memory();
    return zm_is(way, "huge") ? SIZE_MAX : wanted;
}

int main(int argc, char **argv)
{
    ZM_WANT(argc == 2);
    alarm(ZM_HANGS_AFTER);
    way = argv[1];
    void *base = zmalloc(1 << 20);
    struct zmalloc_limit limit = {
        .struct_size = sizeof limit, .hard = zmalloc_used_memory() + (1 << 20), .reclaim = lie};
    ZM_WANT(zmalloc_set_limit(&limit) == 0);
    void *block = ztrymalloc(2 << 20);
    struct zmalloc_limit_state state = {.struct_size = sizeof state};
    ZM_WANT(zmalloc_get_limit(&state) == 0);
    if (state.reclaimed_bytes > UINT64_C(1) << 40)
        dprintf(STDERR_FILENO, "%llu bytes were reclaimed, it says\n",
                (unsigned long long)state.reclaimed_bytes);
    ZM_WANT(!block); /* nothing was freed */
    ZM_WANT(state.refused == 1);
    ZM_WANT(state.reclaims == calls);
    /* No more than all that could be freed, each time. */
    ZM_WANT(state.reclaimed_bytes <= calls * (UINT64_C(4) << 20));
    for (unsigned i = 0; i < calls; i++)
        zfree(junk[i]);
    zfree(base);
    ZM_WANT(zmalloc_used_memory() == 0);
    return 0;
}
