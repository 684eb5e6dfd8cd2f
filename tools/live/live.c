/* Finding the page that base/live_format.h describes. What is read may be anything: the process is
 * another's program, and may be broken.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "live.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "live_reading.h"
#include "remote.h"
#include "tools/common/cli.h"

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
    case -EAGAIN:
        return "its threads come and go faster than they can be read";
    case -ENOTSUP:
        return "not on this system";
    default:
        return strerror(-error);
    }
}

int zm_live_refuse(const char *subcommand, pid_t pid, int error)
{
    zm_error(subcommand, "process %ld: %s", (long)pid, zm_live_problem(error));
    return ZM_EXIT_TOOL;
}

#ifdef __linux__

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
           fits(s, s->base_freed, 8) && fits(s, s->taken, 1) && fits(s, s->tid, 4) &&
           fits(s, s->before_allocated, 8) && fits(s, s->before_freed, 8) &&
           fits(s, s->before_allocs, 8);
}

static int read_page(pid_t pid, uint64_t *address, struct zm_live *live)
{
    int status = find_page(pid, address);
    if (status == 0)
        status = zm_remote_read(pid, &(struct zm_remote){*address, live, sizeof *live}, 1);
    if (status != 0)
        return status;
    if (live->magic != ZM_LIVE_MAGIC)
        return -EBADMSG;
    if (live->version != ZM_LIVE_VERSION || live->bytes < ZM_LIVE_BYTES_LEAST)
        return -EPROTO;
    if (live->bytes < sizeof *live) /* of an earlier library; the rest of its page is zeros */
        memset((char *)live + live->bytes, 0, sizeof *live - live->bytes);
    live->backend[sizeof live->backend - 1] = '\0';
    live->backend_version[sizeof live->backend_version - 1] = '\0';
    for (size_t i = 0; i < ZM_LIVE_BACKENDS; i++) {
        live->backends[i].name[sizeof live->backends[i].name - 1] = '\0';
        live->backends[i].version[sizeof live->backends[i].version - 1] = '\0';
    }
    return makes_sense(live) ? 0 : -EBADMSG;
}

int zm_live_open(pid_t pid, struct zm_live_source *out)
{
    int status = read_page(pid, &out->address, &out->page);
    out->pid = pid;
    out->copied = status == 0 && out->page.pid != own_number(pid);
    return status;
}

int zm_live_look_again(const struct zm_live_source *source)
{
    const struct zm_live *before = &source->page;
    struct zm_live now;
    int status =
        zm_remote_read(source->pid, &(struct zm_remote){source->address, &now, sizeof now}, 1);
    if (status == -EBADMSG)
        return -ENOENT;
    if (status == 0 &&
        (now.magic != before->magic || now.version != before->version || now.pid != before->pid ||
         now.started != before->started || now.current != before->current))
        return -ENOENT;
    return status;
}

int zm_live_take(const struct zm_live_source *source, struct zm_live_account *out)
{
    const struct zm_live *page = &source->page;
    struct zm_live_reading reading;
    int status = zm_live_reading_take(source, &reading);
    *out = (struct zm_live_account){.started = page->started, .copied = source->copied};
    strcpy(out->backend, page->backend);
    strcpy(out->version, page->backend_version);
    if (status != 0)
        return status;
    if (reading.current) {
        strcpy(out->backend, page->backends[reading.current - 1].name);
        strcpy(out->version, page->backends[reading.current - 1].version);
    }
    for (uint32_t i = 0; i < reading.count; i++) {
        out->allocated += reading.totals[i].allocated;
        out->freed += reading.totals[i].freed;
        out->allocs += reading.totals[i].allocs;
        out->frees += reading.totals[i].frees;
    }
    zm_live_reading_free(&reading);
    if (out->freed > out->allocated)
        out->freed = out->allocated;
    if (out->frees > out->allocs)
        out->frees = out->allocs;
    out->threads = reading.threads;
    out->peak = reading.peak;
    out->own_peak = reading.own_peak;
    out->peak_time = reading.peak_time;
    if (out->peak < out->allocated - out->freed)
        out->peak = out->allocated - out->freed;
    if (out->own_peak < out->allocated - out->freed)
        out->own_peak = out->allocated - out->freed;
    return 0;
}

#else

int zm_live_look_again(const struct zm_live_source *source)
{
    (void)source;
    return -ENOTSUP;
}

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
