/* SPDX-License-Identifier: BSD-3-Clause */
#include "switching.h"

#include <errno.h>
#include <string.h>

#include "remote.h"
#include "tools/common/printable.h"

bool zm_may_switch(const struct zm_live *page, size_t index)
{
    return page->may >> index & 1 && page->backends[index].name[0];
}

size_t zm_switch_find(const struct zm_live *page, const char *name)
{
    size_t index = 0;
    while (index < ZM_LIVE_BACKENDS &&
           !(zm_may_switch(page, index) && strcmp(page->backends[index].name, name) == 0))
        index++;
    return index;
}

void zm_switch_list(const struct zm_live *page, FILE *out)
{
    const char *before = "";
    for (size_t i = 0; i < ZM_LIVE_BACKENDS; i++) {
        if (!zm_may_switch(page, i))
            continue;
        zm_put_between(out, before, page->backends[i].name, "");
        before = ", ";
    }
}

int zm_switch_to(const struct zm_live_source *source, size_t index, bool purge)
{
    if (purge && !source->page.purges)
        return -ENOTSUP;
    int status = zm_live_look_again(source);
    if (status != 0)
        return status;
    return zm_remote_write_byte(source->pid, source->page.current,
                                (uint8_t)((index + 1) | (purge ? ZM_LIVE_PURGE : 0)));
}

bool zm_switch_awaits(const struct zm_live_source *source)
{
    uint8_t code = 0;
    const struct zm_remote part = {source->page.current, &code, sizeof code};
    return zm_remote_read(source->pid, &part, 1) == 0 && code & ZM_LIVE_PURGE;
}

const char *zm_switch_runs(const struct zm_live_source *source)
{
    uint8_t code = 0;
    const struct zm_remote part = {source->page.current, &code, sizeof code};
    if (!source->page.current || zm_remote_read(source->pid, &part, 1) != 0)
        return NULL;
    code &= (uint8_t)~ZM_LIVE_PURGE;
    if (code > ZM_LIVE_BACKENDS)
        return NULL;
    return code ? source->page.backends[code - 1].name : source->page.backend;
}
