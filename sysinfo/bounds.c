/* SPDX-License-Identifier: BSD-3-Clause */
#include "sysinfo/bounds.h"
#include <assert.h>

void zm_bound_limit(struct zmalloc_sysinfo_limit *out, uint64_t limit, uint32_t by, uint32_t level)
{
    if (limit == ZMALLOC_SYSINFO_UNLIMITED)
        return;
    if (out->has & ZMALLOC_SYSINFO_LIMIT_EFFECTIVE && out->effective <= limit)
        return;
    out->has |= ZMALLOC_SYSINFO_LIMIT_EFFECTIVE;
    out->effective = limit;
    out->effective_by = by;
    out->effective_level = level;
}

void zm_bound_left(struct zmalloc_sysinfo_limit *out, uint64_t left, uint32_t by, uint32_t level)
{
    if (left == ZMALLOC_SYSINFO_UNLIMITED)
        return;
    if (out->has & ZMALLOC_SYSINFO_LIMIT_HEADROOM && out->headroom <= left)
        return;
    out->has |= ZMALLOC_SYSINFO_LIMIT_HEADROOM;
    out->headroom = left;
    out->headroom_by = by;
    out->headroom_level = level;
}

void zm_bound_ram(struct zmalloc_sysinfo_limit *out, uint64_t total)
{
    assert(!(out->has & ZMALLOC_SYSINFO_LIMIT_AVAILABLE));
    if (!total || (out->has & ZMALLOC_SYSINFO_LIMIT_RAM && out->ram <= total))
        return;
    out->has |= ZMALLOC_SYSINFO_LIMIT_RAM;
    out->ram = total;
    zm_bound_limit(out, total, ZMALLOC_SYSINFO_BY_RAM, 0);
}

void zm_bound_available(struct zmalloc_sysinfo_limit *out, uint64_t available)
{
    if (out->has & ZMALLOC_SYSINFO_LIMIT_RAM && available > out->ram)
        return; /* it is told of another machine */
    out->has |= ZMALLOC_SYSINFO_LIMIT_AVAILABLE;
    out->available = available;
    zm_bound_left(out, available, ZMALLOC_SYSINFO_BY_RAM, 0);
}

void zm_bound_address_space(struct zmalloc_sysinfo_limit *out, uint64_t limit, uint64_t in_use)
{
    out->has |= ZMALLOC_SYSINFO_LIMIT_ADDRESS_SPACE;
    out->address_space = limit;
    zm_bound_limit(out, limit, ZMALLOC_SYSINFO_BY_ADDRESS_SPACE, 0);
    if (in_use && limit != ZMALLOC_SYSINFO_UNLIMITED)
        zm_bound_left(out, limit > in_use ? limit - in_use : 0, ZMALLOC_SYSINFO_BY_ADDRESS_SPACE,
                      0);
}

/* More can't be left than the lowest limit allows. Where more seems to be, the use of that limit is
 * what nobody has told, and so it is not known what is left. */
void zm_bounds_settle(struct zmalloc_sysinfo_limit *out)
{
    uint32_t both = ZMALLOC_SYSINFO_LIMIT_EFFECTIVE | ZMALLOC_SYSINFO_LIMIT_HEADROOM;
    if ((out->has & both) != both || out->headroom <= out->effective)
        return;
    out->has &= ~ZMALLOC_SYSINFO_LIMIT_HEADROOM;
    out->headroom = 0;
    out->headroom_by = out->headroom_level = 0;
}
