/* Pressure stall information: "some avg10=0.12 avg60=0.00 avg300=0.00 total=1234", then "full ...".
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "sysinfo/linux/pressure.h"
#include "sysinfo/linux/cgroup.h"
#include "sysinfo/linux/file.h"
#include "sysinfo/linux/linux.h"
#include "sysinfo/os.h"
#include <errno.h>
#include <string.h>

/* "0.12" as 12; the kernel always writes two decimals. More than the whole time is no share. */
static bool hundredths(struct zm_text *text, uint64_t *value)
{
    uint64_t whole, decimals;
    size_t length;
    if (!zm_text_number(text, &whole) || !zm_text_prefix(text, ".", 1))
        return false;
    length = text->length;
    if (!zm_text_number(text, &decimals) || length - text->length != 2)
        return false;
    return zm_multiply(whole, 100, value) && zm_add(value, decimals) && *value <= 10000;
}

static bool take_word(struct zm_text *line, struct zm_text *word)
{
    zm_text_blanks(line);
    if (!zm_text_until(line, ' ', word)) {
        *word = *line;
        line->length = 0;
    }
    return word->length > 0;
}

/* The figures have names, and are found by these: in any order, and whatever else a later kernel
 * may add. */
static bool stall(struct zm_text line, struct zmalloc_sysinfo_stall *out)
{
    static const struct zm_text names[] = {ZM_NAME("avg10="), ZM_NAME("avg60="), ZM_NAME("avg300="),
                                           ZM_NAME("total=")};
    uint64_t values[4];
    unsigned seen = 0;
    struct zm_text word;
    while (take_word(&line, &word)) {
        unsigned i = 0;
        bool good;
        while (i < 4 && !zm_text_prefix(&word, names[i].at, names[i].length))
            i++;
        if (i == 4)
            continue;
        good = i < 3 ? hundredths(&word, &values[i]) : zm_text_number(&word, &values[i]);
        if (!good || word.length)
            return false;
        seen |= 1u << i;
    }
    if (seen != 15)
        return false;
    *out = (struct zmalloc_sysinfo_stall){values[0], values[1], values[2], values[3]};
    return true;
}

/* A line without good figures gets no bit; the other line may. */
int zm_pressure_line(void *context, struct zm_text line, bool cut)
{
    struct zmalloc_sysinfo_pressure *out = context;
    if (cut)
        return 0;
    if (zm_text_prefix(&line, "some ", 5) && stall(line, &out->some))
        out->has |= ZMALLOC_SYSINFO_PRESSURE_SOME;
    else if (zm_text_prefix(&line, "full ", 5) && stall(line, &out->full))
        out->has |= ZMALLOC_SYSINFO_PRESSURE_FULL;
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
