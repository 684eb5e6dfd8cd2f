/* mimalloc: how long it keeps memory that nobody uses.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <limits.h>

#include "control.h"

#if MI_MALLOC_VERSION < 210

int ZM_MODULE_SYMBOL(set_decay)(int which, int64_t ms)
{
    if (which != ZMALLOC_DECAY_DIRTY)
        return -ENOTSUP;
    if (ms > INT_MAX)
        return -EINVAL;
    mi_option_set_enabled(mi_option_allow_decommit, ms >= 0);
    if (ms >= 0) {
        mi_option_set(mi_option_decommit_delay, (long)ms);
        mi_option_set(mi_option_segment_decommit_delay, (long)ms);
    }
    return 0;
}

/* The delay of single pages; that of whole segments is longer by default. */
int ZM_MODULE_SYMBOL(get_decay)(int which, int64_t *ms)
{
    if (which != ZMALLOC_DECAY_DIRTY)
        return -ENOTSUP;
    *ms = mi_option_is_enabled(mi_option_allow_decommit) ? mi_option_get(mi_option_decommit_delay)
                                                         : -1;
    return 0;
}

#else

/* Memory that is already there asks at each free how long to wait, and takes less than 0, which is
 * for never, as a time that has passed. So never is a long time, and mimalloc multiplies it by 10.
 */
enum { NEVER_SHIFT = 6 };

int ZM_MODULE_SYMBOL(set_decay)(int which, int64_t ms)
{
    if (which != ZMALLOC_DECAY_DIRTY)
        return -ENOTSUP;
    if (ms > INT_MAX)
        return -EINVAL;
    mi_option_set(mi_option_purge_delay, ms < 0 ? LONG_MAX >> NEVER_SHIFT : (long)ms);
    return 0;
}

int ZM_MODULE_SYMBOL(get_decay)(int which, int64_t *ms)
{
    if (which != ZMALLOC_DECAY_DIRTY)
        return -ENOTSUP;
    long delay = mi_option_get(mi_option_purge_delay);
    *ms = delay == LONG_MAX >> NEVER_SHIFT ? -1 : delay;
    return 0;
}

#endif
