/* The account that proves which allocator was measured. Under the preload library, that library
 * writes it.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "oracle.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>
#include <zmalloc/sysinfo.h>

#if defined(ZM_API_PRELOAD)

int zm_account_write(const struct zm_totals *totals)
{
    (void)totals;
    return 0;
}

#else

struct account {
    const char *backend, *version;
    const char *choice; /* what ZMALLOC_BACKEND names if that is a file; else NULL */
    uint64_t used, peak, allocated, freed, allocs, frees;
};

#    if defined(ZM_API_LIBRARY)

static void read_account(const struct zm_totals *totals, struct account *out)
{
    struct zmalloc_stats stats = {.struct_size = sizeof stats};
    struct zmalloc_backend_info info = {.struct_size = sizeof info};
    (void)totals; /* what the workload counted proves nothing about the allocator */
    zmalloc_get_stats(&stats);
    size_t i = 0;
    while (zmalloc_backend_describe(i, &info) == 0 && !info.is_running)
        i++;
    /* One from outside is the last, and has a name of its own. */
    const char *named = getenv("ZMALLOC_BACKEND");
    bool outside = named && i + 1 == zmalloc_backend_count() && !info.is_default &&
                   (strchr(named, '/') || strncmp(named, "lib:", 4) == 0);
    *out = (struct account){info.name,         info.version,     outside ? named : NULL,
                            stats.used_bytes,  stats.peak_bytes, stats.allocated_bytes,
                            stats.freed_bytes, stats.allocs,     stats.frees};
}

#    else

static void read_account(const struct zm_totals *totals, struct account *out)
{
    *out = (struct account){
        .backend = "none", .version = "none", .allocs = totals->allocs, .frees = totals->frees};
}

#    endif

/* Puts the process ID in the place of %p in a file's name. False if there is no room. */
static bool expand(const char *format, char *out, size_t size)
{
    size_t used = 0;
    for (; *format && used < size; format++) {
        if (format[0] == '%' && format[1] == 'p') {
            used += (size_t)snprintf(out + used, size - used, "%ld", (long)getpid());
            format++;
        } else {
            out[used++] = *format;
        }
    }
    if (used >= size)
        return false;
    out[used] = '\0';
    return true;
}

/* As a member of a JSON object; nothing for NULL. */
static void put_choice(const char *choice, char *out, size_t size)
{
    *out = '\0';
    if (!choice)
        return;
    size_t used = (size_t)snprintf(out, size, ",\"choice\":\"");
    for (; *choice && used + 8 < size; choice++) {
        if (*choice == '"' || *choice == '\\')
            out[used++] = '\\';
        out[used++] = *choice;
    }
    snprintf(out + used, size - used, "\"");
}

int zm_account_write(const struct zm_totals *totals)
{
    const char *wanted = getenv("ZMALLOC_STATS");
    if (!wanted || !*wanted)
        return 0;
    char name[4096], choice[4096], line[8192];
    struct account a;
    struct zmalloc_sysinfo_memory memory = {.struct_size = sizeof memory};
    read_account(totals, &a);
    put_choice(a.choice, choice, sizeof choice);
    zmalloc_sysinfo_memory(0, ZMALLOC_SYSINFO_RSS | ZMALLOC_SYSINFO_PEAK_RSS, &memory);
    int length =
        snprintf(line, sizeof line,
                 "{\"pid\":%ld,\"command\":\"workload\",\"backend\":\"%s\",\"version\":\"%s\"%s,"
                 "\"used_bytes\":%" PRIu64 ",\"peak_bytes\":%" PRIu64
                 ",\"allocated_bytes\":%" PRIu64 ",\"freed_bytes\":%" PRIu64 ",\"allocs\":%" PRIu64
                 ",\"frees\":%" PRIu64 ",\"rss_bytes\":%" PRIu64 ",\"vmhwm_bytes\":%" PRIu64 "}\n",
                 (long)getpid(), a.backend, a.version, choice, a.used, a.peak, a.allocated, a.freed,
                 a.allocs, a.frees, memory.rss, memory.peak_rss);
    bool to_stderr = strcmp(wanted, "stderr") == 0;
    if (!to_stderr && !expand(wanted, name, sizeof name))
        return -ENAMETOOLONG;
    int fd =
        to_stderr ? STDERR_FILENO : open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (fd < 0)
        return -errno;
    ssize_t written = write(fd, line, (size_t)length);
    int error = written < 0 ? -errno : written < length ? -EIO : 0;
    if (!to_stderr)
        close(fd);
    return error;
}

#endif
