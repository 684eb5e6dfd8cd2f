/* libFuzzer targets: one of the parsers, chosen by -DPARSER_<NAME>, or what is made of their
 * figures. Beyond the sanitizers' findings, the result must not depend on how the stream was cut
 * into pieces.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "sysinfo/linux/cgroup.h"
#include "sysinfo/linux/parse.h"
#include "sysinfo/linux/pressure.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zmalloc/sysinfo.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
    if (!good)
        abort();
}

#if !defined(PARSER_STATM) && !defined(PARSER_VALUE) && !defined(PARSER_FREEBSD) && \
    !defined(PARSER_BOUNDS)
/* The first byte is the size of the pieces, 0 for the whole at once. */
static int feed(const uint8_t *data, size_t size, size_t step, zm_line_fn *fn, void *context)
{
    char line[ZM_CGROUP_PATH];
    struct zm_lines lines = {line, sizeof line, 0, false};
    if (!step)
        step = size;
    for (size_t at = 0; at < size; at += step) {
        size_t piece = size - at < step ? size - at : step;
        int result = zm_lines_feed(&lines, (const char *)data + at, piece, fn, context);
        if (result)
            return result;
    }
    return zm_lines_end(&lines);
}

static void twice(const uint8_t *data, size_t size, zm_line_fn *fn, void *whole, void *pieces,
                  size_t context_size)
{
    int first, second;
    if (!size)
        return;
    first = feed(data + 1, size - 1, 0, fn, whole);
    second = feed(data + 1, size - 1, data[0], fn, pieces);
    must(first == second);
    must(first == 0 || first == -EPROTO || first == -EINVAL || first == -ENAMETOOLONG ||
         first == ZM_LINES_ENOUGH);
    must(memcmp(whole, pieces, context_size) == 0);
}
#endif

#if defined(PARSER_STATM)
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct zm_statm pages;
    int result = zm_statm_parse((const char *)data, size, &pages);
    must(result == 0 || result == -EPROTO);
    return 0;
}
#elif defined(PARSER_VALUE)
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t value = 7;
    int result = zm_cgroup_value((const char *)data, size, &value);
    must(result == 0 || result == -EPROTO);
    must(result || value < UINT64_C(1) << 62 || value == ZMALLOC_SYSINFO_UNLIMITED);
    return 0;
}
#elif defined(PARSER_SMAPS)
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct zm_kb_sums whole, pieces;
    memset(&whole, 0, sizeof whole);
    whole.names[0] = (struct zm_text){"Private_Dirty", 13};
    whole.names[1] = (struct zm_text){"Pss", 3};
    whole.names[2] = (struct zm_text){"VmFlags", 7};
    whole.count = 3;
    pieces = whole;
    twice(data, size, zm_kb_line, &whole, &pieces, sizeof whole);
    return 0;
}
#elif defined(PARSER_MEMINFO)
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct zm_kb_sums whole, pieces;
    memset(&whole, 0, sizeof whole);
    whole.names[0] = (struct zm_text){"MemTotal", 8};
    whole.names[1] = (struct zm_text){"MemAvailable", 12};
    whole.count = 2;
    pieces = whole;
    twice(data, size, zm_kb_first_line, &whole, &pieces, sizeof whole);
    must(!(whole.seen & whole.bad));
    for (unsigned i = 0; i < 2; i++)
        must(whole.seen >> i & 1 ? whole.bytes[i] % 1024 == 0 : whole.bytes[i] == 0);
    return 0;
}
#elif defined(PARSER_CGROUP)
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct zm_cgroup whole, pieces;
    memset(&whole, 0, sizeof whole);
    memset(&pieces, 0, sizeof pieces);
    twice(data, size, zm_cgroup_line, &whole, &pieces, sizeof whole);
    must(!whole.version || whole.process[0] == '/');
    return 0;
}
#elif defined(PARSER_MOUNTINFO)
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct zm_cgroup whole, pieces;
    memset(&whole, 0, sizeof whole);
    whole.version = size && data[0] & 1 ? 1 : 2;
    whole.root_length = SIZE_MAX;
    strcpy(whole.process, "/a/b c/d");
    pieces = whole;
    twice(data, size, zm_mount_line, &whole, &pieces, sizeof whole);
    if (whole.root_length != SIZE_MAX) {
        unsigned levels = 0;
        must(strlen(whole.directory) >= whole.mount_length ||
             memchr(whole.directory, 0, whole.mount_length));
        while (zm_cgroup_up(&whole))
            must(++levels < ZM_CGROUP_PATH);
    }
    return 0;
}
#elif defined(PARSER_STAT)
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct zm_named_values whole, pieces;
    memset(&whole, 0, sizeof whole);
    whole.names[0] = "inactive_file";
    whole.names[1] = "hierarchical_memory_limit";
    pieces = whole;
    twice(data, size, zm_named_value_line, &whole, &pieces, sizeof whole);
    must(!((whole.seen | whole.bad) & ~3u));
    return 0;
}
#elif defined(PARSER_PRESSURE)
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct zmalloc_sysinfo_pressure whole, pieces;
    memset(&whole, 0, sizeof whole);
    memset(&pieces, 0, sizeof pieces);
    twice(data, size, zm_pressure_line, &whole, &pieces, sizeof whole);
    must(whole.some.avg10 <= 10000 && whole.some.avg60 <= 10000 && whole.full.avg300 <= 10000);
    must(whole.has & ZMALLOC_SYSINFO_PRESSURE_SOME || !whole.some.total_us);
    return 0;
}
#elif defined(PARSER_BOUNDS)
#    include "sysinfo/bounds.h"
/* No parser, but what is made of the figures: whatever they are, the answer is a possible one. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct zmalloc_sysinfo_limit limit = {.has = 0};
    uint64_t figures[8] = {0};
    memcpy(figures, data, size < sizeof figures ? size : sizeof figures);
    zm_bound_ram(&limit, figures[0]);
    zm_bound_ram(&limit, figures[1]);
    zm_bound_available(&limit, figures[2]);
    zm_bound_limit(&limit, figures[3], ZMALLOC_SYSINFO_BY_CGROUP, 1);
    zm_bound_left(&limit, figures[4], ZMALLOC_SYSINFO_BY_CGROUP, 1);
    zm_bound_address_space(&limit, figures[5], figures[6]);
    zm_bounds_settle(&limit);
    if (limit.has & ZMALLOC_SYSINFO_LIMIT_AVAILABLE && limit.has & ZMALLOC_SYSINFO_LIMIT_RAM)
        must(limit.available <= limit.ram);
    if (limit.has & ZMALLOC_SYSINFO_LIMIT_EFFECTIVE)
        must(limit.effective != ZMALLOC_SYSINFO_UNLIMITED && limit.effective_by);
    if (limit.has & ZMALLOC_SYSINFO_LIMIT_RAM)
        must(limit.effective <= limit.ram);
    if (limit.has & ZMALLOC_SYSINFO_LIMIT_HEADROOM)
        must(limit.headroom != ZMALLOC_SYSINFO_UNLIMITED && limit.headroom_by);
    if (limit.has & ZMALLOC_SYSINFO_LIMIT_HEADROOM && limit.has & ZMALLOC_SYSINFO_LIMIT_EFFECTIVE)
        must(limit.headroom <= limit.effective);
    return 0;
}
#elif defined(PARSER_FREEBSD)
#    include "sysinfo/freebsd.h"
#    include <sys/sysctl.h>
int sysctl(const int *mib, unsigned levels, void *old, size_t *old_length, const void *value,
           size_t value_length)
{
    (void)mib, (void)levels, (void)old, (void)old_length, (void)value, (void)value_length;
    abort(); /* only the parser is called */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct zm_freebsd_pages sum;
    int result = zm_freebsd_map((const char *)data, size, &sum);
    must(result == 0 || result == -EPROTO);
    return 0;
}
#endif
