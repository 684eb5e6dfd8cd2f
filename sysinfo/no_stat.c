/* Systems without a /proc/self/stat as Linux has it.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <zmalloc/sysinfo.h>

int zmalloc_sysinfo_stat(int field, int64_t *value)
{
    (void)field, (void)value;
    return -ENOTSUP;
}
