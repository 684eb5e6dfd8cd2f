/* Pressure stall information: "some avg10=0.12 avg60=0.00 avg300=0.00 total=1234", then "full ...".
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "sysinfo/linux_pressure.h"
#include "sysinfo/linux.h"
#include "sysinfo/linux_cgroup.h"
#include "sysinfo/linux_file.h"
#include "sysinfo/os.h"
#include <errno.h>
#include <string.h>

/* "0.12" as 12; the kernel always writes two decimals. */
static bool hundredths(struct zm_text *text, uint64_t *value)
{
    uint64_t whole, decimals;
    size_t length;
    if (!zm_text_number(text, &whole) || !zm_text_prefix(text, ".", 1))
        return false;
    length = text->length;
    if (!zm_text_number(text, &decimals) || length - text->length != 2)
        return false;
    return zm_multiply(whole, 100, value) && zm_add(value, decimals);
}

static bool stall(struct zm_text line, struct zmalloc_sysinfo_stall *out)
{
    return zm_text_prefix(&line, " avg10=", 7) && hundredths(&line, &out->avg10) &&
           zm_text_prefix(&line, " avg60=", 7) && hundredths(&line, &out->avg60) &&
           zm_text_prefix(&line, " avg300=", 8) && hundredths(&line, &out->avg300) &&
           zm_text_prefix(&line, " total=", 7) && zm_text_number(&line, &out->total_us) &&
           !line.length;
}

int zm_pressure_line(void *context, struct zm_text line, bool cut)
{
    struct zmalloc_sysinfo_pressure *out = context;
    if (cut)
        return -EPROTO;
    if (zm_text_prefix(&line, "some", 4)) {
        out->has |= ZMALLOC_SYSINFO_PRESSURE_SOME;
        return stall(line, &out->some) ? 0 : -EPROTO;
    }
    if (zm_text_prefix(&line, "full", 4)) {
        out->has |= ZMALLOC_SYSINFO_PRESSURE_FULL;
        return stall(line, &out->full) ? 0 : -EPROTO;
    }
    return 0;
}

static int read_pressure(int root, const char *path, struct zmalloc_sysinfo_pressure *out)
{
    char line[ZM_KB_LINE];
    struct zm_lines lines = {line, sizeof line, 0, false};
    int result = zm_file_lines(root, path, &lines, zm_pressure_line, out);
    if (result) {
        out->has = 0;
        return result == -ENOENT || result == -EOPNOTSUPP ? -ENOTSUP : result;
    }
    return out->has ? 0 : -EPROTO;
}

int zm_linux_pressure(int root, uint32_t scope, struct zmalloc_sysinfo_pressure *out)
{
    static const char name[] = "/memory.pressure";
    struct zm_cgroup cgroup;
    size_t length;
    int result;
    if (scope == ZMALLOC_SYSINFO_PRESSURE_MACHINE)
        return read_pressure(root, "/proc/pressure/memory", out);
    result = zm_cgroup_find(root, 0, &cgroup);
    if (result)
        return result;
    if (cgroup.version != 2 || cgroup.hidden_below)
        return -ENOTSUP;
    length = strlen(cgroup.directory);
    if (length + sizeof name > sizeof cgroup.directory)
        return -ENAMETOOLONG;
    memcpy(cgroup.directory + length, name, sizeof name);
    return read_pressure(root, cgroup.directory, out);
}

int zm_os_pressure(uint32_t scope, struct zmalloc_sysinfo_pressure *out)
{
    return zm_linux_pressure(ZM_ROOT, scope, out);
}
