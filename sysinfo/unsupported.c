/* For a system that we know nothing of: it says so, and tells no other figure instead.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "sysinfo/os.h"
#include "sysinfo/text.h"
#include <errno.h>
#include <unistd.h>

int zm_os_memory(int64_t pid, uint32_t wanted, struct zmalloc_sysinfo_memory *out)
{
    (void)pid, (void)wanted, (void)out;
    return -ENOTSUP;
}

int zm_os_smaps(int64_t pid, const char *field, size_t length, uint64_t *bytes)
{
    (void)pid, (void)field, (void)length, (void)bytes;
    return -ENOTSUP;
}

int zm_os_ram(uint64_t *bytes)
{
#ifdef _SC_PHYS_PAGES
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    if (pages > 0 && page > 0)
        return zm_multiply((uint64_t)pages, (uint64_t)page, bytes) ? 0 : -EPROTO;
#else
    (void)bytes;
#endif
    return -ENOTSUP;
}
