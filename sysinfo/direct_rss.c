/* The kept handle where there is no file to keep: asking anew is one cheap system call.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <zmalloc/sysinfo.h>

int zmalloc_sysinfo_rss_read(struct zmalloc_sysinfo_rss *handle, uint64_t *bytes)
{
    struct zmalloc_sysinfo_memory memory = {.struct_size = sizeof memory};
    int result;
    if (!handle || !bytes)
        return -EINVAL;
    result = zmalloc_sysinfo_memory(0, ZMALLOC_SYSINFO_RSS, &memory);
    if (!result)
        *bytes = memory.rss;
    return result;
}

void zmalloc_sysinfo_rss_close(struct zmalloc_sysinfo_rss *handle)
{
    (void)handle;
}
