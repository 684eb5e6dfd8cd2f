/* The page that base/live_format.h describes, and what it points to, by process_vm_readv. What is
 * read may be anything: the process is another's program, and may be broken.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "live.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

const char *zm_live_problem(int error)
{
    switch (error) {
    case -ESRCH:
        return "there is no such process";
    case -ENOENT:
        return "it has no account: not under zmalloc, or with ZMALLOC_LIVE=off";
    case -EPERM:
        return "its memory may not be read: another user's, or only root may "
               "(kernel.yama.ptrace_scope)";
    case -EPROTO:
        return "its zmalloc is of another version, whose figures this one does not know";
    case -EBADMSG:
        return "what it tells of its account can't be true";
    case -ENOTSUP:
        return "not on this system";
    default:
        return strerror(-error);
    }
}

#ifdef __linux__

enum {
    MOST_SLOTS = 1 << 20, /* as many threads at once as anybody has */
    TRIES = 4,
};

static int read_memory(pid_t pid, uint64_t address, void *out, size_t size)
{
    struct iovec to = {out, size}, from = {(void *)(uintptr_t)address, size};
    ssize_t length = process_vm_readv(pid, &to, 1, &from, 1, 0);
    if (length == (ssize_t)size)
        return 0;
    return length >= 0 || errno == EFAULT ? -EBADMSG : -errno;
}

/* The first mapping of the page's name. */
static int find_page(pid_t pid, uint64_t *address)
{
    char path[64], line[4096 + 256];
    snprintf(path, sizeof path, "/proc/%ld/maps", (long)pid);
    FILE *maps = fopen(path, "re");
    if (!maps)
        return errno == ENOENT ? -ESRCH : errno == EACCES ? -EPERM : -errno;
    int status = -ENOENT;
    while (status != 0 && fgets(line, sizeof line, maps)) {
        if (strstr(line, " /memfd:" ZM_LIVE_NAME " ") && sscanf(line, "%" SCNx64 "-", address) == 1)
            status = 0;
    }
    if (status != 0 && ferror(maps))
        status = -ESRCH;
    fclose(maps);
    return status;
}

/* What the process itself takes for its number: another one in another namespace. */
static int64_t own_number(pid_t pid)
{
    char path[64], line[256];
    int64_t number = pid;
    snprintf(path, sizeof path, "/proc/%ld/status", (long)pid);
    FILE *status = fopen(path, "re");
    if (!status)
        return number;
    while (fgets(line, sizeof line, status)) {
        char *last = strrchr(line, '\t');
        if (strncmp(line, "NSpid:", 6) == 0 && last)
            number = strtoll(last, NULL, 10);
    }
    fclose(status);
    return number;
}

static bool fits(const struct zm_live_slots *s, uint32_t offset, uint32_t size)
{
    return offset <= s->slot_bytes - size;
}

static bool makes_sense(const struct zm_live *live)
{
    const struct zm_live_slots *s = &live->slots;
    return s->slot_bytes >= 8 && s->slot_bytes <= 4096 && s->first > 0 && s->first <= 4096 &&
           s->chunk_count > 0 && s->chunk_count <= 32 && fits(s, s->allocated, 8) &&
           fits(s, s->freed, 8) && fits(s, s->allocs, 8) && fits(s, s->frees, 8) &&
           fits(s, s->native, 1) && fits(s, s->native_allocated, 8) &&
           fits(s, s->native_freed, 8) && fits(s, s->base_allocated, 8) &&
           fits(s, s->base_freed, 8) && fits(s, s->taken, 1);
}

static int read_page(pid_t pid, struct zm_live *live)
{
    uint64_t address = 0;
    int status = find_page(pid, &address);
    if (status == 0)
        status = read_memory(pid, address, live, sizeof *live);
    if (status != 0)
        return status;
    if (live->magic != ZM_LIVE_MAGIC)
        return -EBADMSG;
    if (live->version != ZM_LIVE_VERSION || live->bytes < sizeof *live)
        return -EPROTO;
    live->backend[sizeof live->backend - 1] = '\0';
    live->backend_version[sizeof live->backend_version - 1] = '\0';
    return makes_sense(live) ? 0 : -EBADMSG;
}

/* All slots as they are now, the one that overflows last. */
static int read_slots(pid_t pid, const struct zm_live_slots *s, char **out, uint32_t *count)
{
    uint64_t chunks[32];
    int status = read_memory(pid, s->count, count, sizeof *count);
    if (status == 0)
        status = read_memory(pid, s->chunks, chunks, s->chunk_count * sizeof *chunks);
    if (status == 0 && *count > MOST_SLOTS)
        status = -EBADMSG;
    if (status != 0)
        return status;
    char *slots = *out = malloc(((size_t)*count + 1) * s->slot_bytes);
    if (!slots)
        return -ENOMEM;
    uint64_t length = s->first;
    for (uint32_t at = 0, chunk = 0; at < *count && status == 0; chunk++, length *= 2) {
        uint64_t here = *count - at < length ? *count - at : length;
        status = chunk == s->chunk_count
                     ? -EBADMSG
                     : read_memory(pid, chunks[chunk], slots + (size_t)at * s->slot_bytes,
                                   (size_t)here * s->slot_bytes);
        at += (uint32_t)here;
    }
    if (status == 0)
        status =
            read_memory(pid, s->overflow, slots + (size_t)*count * s->slot_bytes, s->slot_bytes);
    ++*count;
    return status;
}

static uint64_t member(const char *slot, uint32_t offset)
{
    uint64_t value;
    memcpy(&value, slot + offset, sizeof value);
    return value;
}

/* The sums of the slots' totals at two members. A thread that ends takes its native totals with it:
 * then -EBADMSG, and the slots must be read again. */
static int add_up(pid_t pid, const struct zm_live_slots *s, bool freed, uint64_t *bytes,
                  uint64_t *calls)
{
    char *slots = NULL;
    uint32_t count = 0;
    int status = read_slots(pid, s, &slots, &count);
    *bytes = *calls = 0;
    for (uint32_t i = 0; i < count && status == 0; i++) {
        const char *slot = slots + (size_t)i * s->slot_bytes;
        uint64_t total = member(slot, freed ? s->freed : s->allocated);
        *calls += member(slot, freed ? s->frees : s->allocs);
        if (slot[s->native]) {
            status = read_memory(pid, member(slot, freed ? s->native_freed : s->native_allocated),
                                 &total, sizeof total);
            total += member(slot, freed ? s->base_freed : s->base_allocated);
        }
        *bytes += total;
    }
    free(slots);
    return status;
}

static int read_peak(pid_t pid, const struct zm_live_sums *s, struct zm_live_account *out)
{
    uint64_t parents_peak = 0;
    int64_t parents_time = 0;
    int status = read_memory(pid, s->peak, &out->peak, 8);
    if (status == 0)
        status = read_memory(pid, s->peak_time, &out->peak_time, 8);
    if (status == 0)
        status = read_memory(pid, s->parents_peak, &parents_peak, 8);
    if (status == 0)
        status = read_memory(pid, s->parents_peak_time, &parents_time, 8);
    if (status == 0)
        status = read_memory(pid, s->threads, &out->threads, 4);
    if (parents_peak > out->peak) {
        out->peak = parents_peak;
        out->peak_time = parents_time;
    }
    return status;
}

int zm_live_open(pid_t pid, struct zm_live_source *out)
{
    int status = read_page(pid, &out->page);
    out->pid = pid;
    out->copied = status == 0 && out->page.pid != own_number(pid);
    return status;
}

/* The allocated come first, as in the process itself: then their sum less the freed is never above
 * what was really used at some moment. */
int zm_live_take(const struct zm_live_source *source, struct zm_live_account *out)
{
    const struct zm_live *page = &source->page;
    int status = -EBADMSG;
    *out = (struct zm_live_account){.started = page->started, .copied = source->copied};
    strcpy(out->backend, page->backend);
    strcpy(out->version, page->backend_version);
    for (int tries = 0; tries < TRIES && status == -EBADMSG; tries++) {
        status = add_up(source->pid, &page->slots, false, &out->allocated, &out->allocs);
        if (status == 0)
            status = add_up(source->pid, &page->slots, true, &out->freed, &out->frees);
    }
    if (out->freed > out->allocated)
        out->freed = out->allocated;
    if (out->frees > out->allocs)
        out->frees = out->allocs;
    if (status == 0)
        status = read_peak(source->pid, &page->sums, out);
    if (out->peak < out->allocated - out->freed)
        out->peak = out->allocated - out->freed;
    return status;
}

#else

int zm_live_open(pid_t pid, struct zm_live_source *out)
{
    (void)pid;
    (void)out;
    return -ENOTSUP;
}

int zm_live_take(const struct zm_live_source *source, struct zm_live_account *out)
{
    (void)source;
    (void)out;
    return -ENOTSUP;
}

#endif

int zm_live_read(pid_t pid, struct zm_live_account *out)
{
    struct zm_live_source source;
    *out = (struct zm_live_account){0};
    int status = zm_live_open(pid, &source);
    return status == 0 ? zm_live_take(&source, out) : status;
}
