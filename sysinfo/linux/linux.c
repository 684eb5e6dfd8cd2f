/* Linux. RSS is read from statm: it is the cheapest, right under qemu-user too, and has not the
 * command name that makes stat hard to parse. What needs the page tables is read from smaps_rollup,
 * which has one line for each field however many mappings there are; smaps is for kernels before
 * 4.14, and for the fields that the rollup leaves out.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "sysinfo/linux/linux.h"
#include "sysinfo/linux/file.h"
#include "sysinfo/os.h"
#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#define STATM_BITS                                                            \
    (ZMALLOC_SYSINFO_RSS | ZMALLOC_SYSINFO_VIRTUAL | ZMALLOC_SYSINFO_SHARED | \
     ZMALLOC_SYSINFO_PRIVATE_ESTIMATE)
#define STATUS_BITS                                                                \
    (ZMALLOC_SYSINFO_PEAK_RSS | ZMALLOC_SYSINFO_ANONYMOUS | ZMALLOC_SYSINFO_SWAP | \
     ZMALLOC_SYSINFO_PAGE_TABLES)
#define WALK_BITS                                                                        \
    (ZMALLOC_SYSINFO_PRIVATE_DIRTY | ZMALLOC_SYSINFO_PRIVATE_RESIDENT |                  \
     ZMALLOC_SYSINFO_SHARED_DIRTY | ZMALLOC_SYSINFO_SHARED_CLEAN | ZMALLOC_SYSINFO_PSS | \
     ZMALLOC_SYSINFO_SWAP_PSS | ZMALLOC_SYSINFO_LAZY_FREE | ZMALLOC_SYSINFO_ANON_HUGE)

void zm_proc_path(char path[ZM_PROC_PATH], int64_t pid, const char *file)
{
    char digits[20], *at = path;
    size_t count = 0, length;
    assert(sizeof "/proc/" + sizeof digits + sizeof "/" + strlen(file) <= ZM_PROC_PATH);
    memcpy(at, "/proc/", 6);
    at += 6;
    if (pid <= 0) {
        const char *self = pid == ZM_THREAD_SELF ? "thread-self" : "self";
        length = strlen(self);
        memcpy(at, self, length);
        at += length;
    }
    for (; pid > 0; pid /= 10)
        digits[count++] = (char)('0' + pid % 10);
    while (count)
        *at++ = digits[--count];
    *at++ = '/';
    memcpy(at, file, strlen(file) + 1);
}

int zm_proc_error(int root, int64_t pid, int error)
{
    char path[ZM_PROC_PATH];
    bool absent = error == -ENOENT || error == -ESRCH;
    if (error == -EPERM) /* the mount option hidepid=1 */
        return -EACCES;
    if (!absent)
        return error;
    zm_proc_path(path, pid, "");
    if (zm_file_exists(root, path)) /* a kernel without that file, or a process without memory */
        return error == -ENOENT ? -ENOTSUP : -ENODATA;
    if (!zm_file_exists(root, "/proc/self"))
        return -ENOENT;
    /* hidepid=2 hides processes that are there all the same. */
    if (root == ZM_ROOT && pid > 0 && pid <= INT32_MAX &&
        (kill((pid_t)pid, 0) == 0 || errno == EPERM))
        return -EACCES;
    return -ESRCH;
}

static void set(struct zmalloc_sysinfo_memory *out, uint32_t bit, uint64_t *field, uint64_t value)
{
    *field = value;
    out->has |= bit;
}

static int statm(int root, int64_t pid, struct zmalloc_sysinfo_memory *out)
{
    char path[ZM_PROC_PATH], buffer[256];
    struct zm_statm pages;
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    uint64_t rss, size, shared;
    size_t length;
    int result;
    zm_proc_path(path, pid, "statm");
    result = zm_file_start(root, path, buffer, sizeof buffer, &length);
    if (result)
        return zm_proc_error(root, pid, result);
    result = zm_statm_parse(buffer, length, &pages);
    if (result)
        return result;
    if (!pages.size) /* no address space: a zombie or a kernel thread */
        return -ENODATA;
    if (!zm_multiply(pages.resident, page, &rss) || !zm_multiply(pages.size, page, &size) ||
        !zm_multiply(pages.shared, page, &shared))
        return -EPROTO;
    set(out, ZMALLOC_SYSINFO_RSS, &out->rss, rss);
    set(out, ZMALLOC_SYSINFO_VIRTUAL, &out->virtual_size, size);
    set(out, ZMALLOC_SYSINFO_SHARED, &out->shared, shared);
    if (shared <= rss)
        set(out, ZMALLOC_SYSINFO_PRIVATE_ESTIMATE, &out->private_estimate, rss - shared);
    return 0;
}

static int kb_file(int root, const char *path, zm_line_fn *fn, struct zm_kb_sums *sums)
{
    char line[ZM_KB_LINE];
    struct zm_lines lines = {line, sizeof line, 0, false};
    int result;
    sums->seen = sums->bad = 0;
    memset(sums->bytes, 0, sizeof sums->bytes);
    result = zm_file_lines(root, path, &lines, fn, sums);
    if (result)
        return result;
    if (sums->bad)
        return -EPROTO;
    return sums->seen ? 0 : -ENODATA;
}

int zm_linux_walk(int root, int64_t pid, const char *file, struct zm_kb_sums *sums)
{
    char path[ZM_PROC_PATH];
    int result;
    zm_proc_path(path, pid, file);
    result = kb_file(root, path, zm_kb_line, sums);
    return result ? zm_proc_error(root, pid, result) : 0;
}

int zm_linux_kb_first(int root, const char *path, struct zm_kb_sums *sums)
{
    return kb_file(root, path, zm_kb_first_line, sums);
}

static int status(int root, int64_t pid, struct zmalloc_sysinfo_memory *out)
{
    struct zm_kb_sums sums = {
        .names = {ZM_NAME("VmHWM"), ZM_NAME("RssAnon"), ZM_NAME("VmSwap"), ZM_NAME("VmPTE")},
        .count = 4};
    char path[ZM_PROC_PATH];
    int result;
    zm_proc_path(path, pid, "status");
    result = zm_linux_kb_first(root, path, &sums);
    if (sums.seen & 1)
        set(out, ZMALLOC_SYSINFO_PEAK_RSS, &out->peak_rss, sums.bytes[0]);
    if (sums.seen & 2)
        set(out, ZMALLOC_SYSINFO_ANONYMOUS, &out->anonymous, sums.bytes[1]);
    if (sums.seen & 4)
        set(out, ZMALLOC_SYSINFO_SWAP, &out->swap, sums.bytes[2]);
    if (sums.seen & 8)
        set(out, ZMALLOC_SYSINFO_PAGE_TABLES, &out->page_tables, sums.bytes[3]);
    return result ? zm_proc_error(root, pid, result) : 0;
}

static int page_walk(int root, int64_t pid, struct zmalloc_sysinfo_memory *out)
{
    struct zm_kb_sums sums = {.names = {ZM_NAME("Private_Dirty"), ZM_NAME("Private_Clean"),
                                        ZM_NAME("Shared_Dirty"), ZM_NAME("Shared_Clean"),
                                        ZM_NAME("Pss"), ZM_NAME("SwapPss"), ZM_NAME("LazyFree"),
                                        ZM_NAME("AnonHugePages")},
                              .count = 8};
    const struct {
        uint32_t bit;
        uint64_t *field;
    } plain[8] = {{ZMALLOC_SYSINFO_PRIVATE_DIRTY, &out->private_dirty},
                  {0, NULL}, /* only in the sum below */
                  {ZMALLOC_SYSINFO_SHARED_DIRTY, &out->shared_dirty},
                  {ZMALLOC_SYSINFO_SHARED_CLEAN, &out->shared_clean},
                  {ZMALLOC_SYSINFO_PSS, &out->pss},
                  {ZMALLOC_SYSINFO_SWAP_PSS, &out->swap_pss},
                  {ZMALLOC_SYSINFO_LAZY_FREE, &out->lazy_free},
                  {ZMALLOC_SYSINFO_ANON_HUGE, &out->anon_huge}};
    int result = zm_linux_walk(root, pid, "smaps_rollup", &sums);
    if (result == -ENOTSUP)
        result = zm_linux_walk(root, pid, "smaps", &sums);
    if (result)
        return result == -EINVAL ? -EPROTO : result;
    for (unsigned i = 0; i < 8; i++) {
        if ((sums.seen & UINT32_C(1) << i) && plain[i].field)
            set(out, plain[i].bit, plain[i].field, sums.bytes[i]);
    }
    if ((sums.seen & 3) == 3 && zm_add(&sums.bytes[0], sums.bytes[1]))
        set(out, ZMALLOC_SYSINFO_PRIVATE_RESIDENT, &out->private_resident, sums.bytes[0]);
    return 0;
}

int zm_linux_memory(int root, int64_t pid, uint32_t wanted, struct zmalloc_sysinfo_memory *out)
{
    static const struct {
        uint32_t bits;
        int (*read)(int root, int64_t pid, struct zmalloc_sysinfo_memory *out);
    } sources[] = {{STATM_BITS, statm}, {STATUS_BITS, status}, {WALK_BITS, page_walk}};
    int first_error = 0;
    for (unsigned i = 0; i < sizeof sources / sizeof *sources; i++) {
        int result;
        if (!(wanted & sources[i].bits))
            continue;
        result = sources[i].read(root, pid, out);
        if (result && !first_error)
            first_error = result;
    }
    /* The kernel keeps the high-water mark lazily: a resident size above it is the truer peak. */
    if ((out->has & ZMALLOC_SYSINFO_RSS) && (out->has & ZMALLOC_SYSINFO_PEAK_RSS) &&
        out->rss > out->peak_rss)
        out->peak_rss = out->rss;
    if (out->has & wanted)
        return 0;
    return first_error ? first_error : -ENOTSUP;
}

static bool only_in_smaps(const char *field, size_t length)
{
    static const char *const names[] = {"Size",        "KernelPageSize", "MMUPageSize",
                                        "THPeligible", "VmFlags",        "ProtectionKey"};
    struct zm_text text = {field, length};
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        if (zm_text_equal(text, names[i]))
            return true;
    }
    return false;
}

int zm_linux_smaps(int root, int64_t pid, const char *field, size_t length, uint64_t *bytes)
{
    struct zm_kb_sums sums = {.names = {{field, length}}, .count = 1};
    int result = -ENOTSUP;
    if (!only_in_smaps(field, length))
        result = zm_linux_walk(root, pid, "smaps_rollup", &sums);
    if (result == -ENOTSUP || result == -ENODATA)
        result = zm_linux_walk(root, pid, "smaps", &sums);
    if (!result)
        *bytes = sums.bytes[0];
    return result;
}

/* When the first thread has ended, /proc/self is a zombie though the process lives on. */
int zm_os_memory(int64_t pid, uint32_t wanted, struct zmalloc_sysinfo_memory *out)
{
    int result = zm_linux_memory(ZM_ROOT, pid, wanted, out);
    if (result == -ENODATA && !pid)
        result = zm_linux_memory(ZM_ROOT, ZM_THREAD_SELF, wanted, out);
    return result;
}

int zm_os_smaps(int64_t pid, const char *field, size_t length, uint64_t *bytes)
{
    int result = zm_linux_smaps(ZM_ROOT, pid, field, length, bytes);
    if (result == -ENODATA && !pid)
        result = zm_linux_smaps(ZM_ROOT, ZM_THREAD_SELF, field, length, bytes);
    return result;
}

int zm_os_ram(uint64_t *bytes)
{
    struct sysinfo info;
    if (sysinfo(&info))
        return -errno;
    return zm_multiply(info.totalram, info.mem_unit, bytes) ? 0 : -EPROTO;
}
