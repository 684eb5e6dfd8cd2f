/* The names of Redis's zmalloc.h, over the struct API: an error is 0, as their callers expect.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <zmalloc/sysinfo.h>

static size_t saturate(uint64_t bytes)
{
    return bytes > SIZE_MAX ? SIZE_MAX : (size_t)bytes;
}

/* Redis says -1 for this process; no other negative number means one. */
static int64_t classic_pid(long pid)
{
    return pid == -1 ? 0 : pid;
}

size_t zmalloc_get_rss(void)
{
    struct zmalloc_sysinfo_memory memory = {.struct_size = sizeof memory};
    return zmalloc_sysinfo_memory(0, ZMALLOC_SYSINFO_RSS, &memory) ? 0 : saturate(memory.rss);
}

size_t zmalloc_get_smap_bytes_by_field(const char *field, long pid)
{
    uint64_t bytes;
    return zmalloc_sysinfo_smaps(classic_pid(pid), field, &bytes) ? 0 : saturate(bytes);
}

size_t zmalloc_get_private_dirty(long pid)
{
    struct zmalloc_sysinfo_memory memory = {.struct_size = sizeof memory};
    if (zmalloc_sysinfo_memory(classic_pid(pid), ZMALLOC_SYSINFO_PRIVATE_DIRTY, &memory))
        return 0;
    return saturate(memory.private_dirty);
}

size_t zmalloc_get_memory_size(void)
{
    uint64_t bytes;
    return zmalloc_sysinfo_ram(&bytes) ? 0 : saturate(bytes);
}
