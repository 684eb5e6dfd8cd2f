/* The page by which other processes find the account. Its figures stay where they are counted: only
 * addresses are told, so nothing is added to any allocation.
 *
 * The mapping is private, for a forked process has its own account at the same addresses, and
 * writes its own number into its copy of the page.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "live.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#    include <sys/mman.h>
#    include <sys/resource.h>
#    include <sys/syscall.h>
#endif

#include "accounting/heaps/table.h"
#include "accounting/sums.h"
#include "base/environment.h"
#include "base/failure.h"
#include "base/live_format.h"
#include "limit.h"
#include "published.h"
#include "switch.h"

#define VARIABLE "ZMALLOC_LIVE"

static bool wanted(void)
{
    char buf[32];
    const char *text = zm_environment(VARIABLE, buf, sizeof buf);
    if (!text || !*text || strcmp(text, "on") == 0)
        return true;
    if (strcmp(text, "off") != 0) {
        zm_complain("zmalloc: " VARIABLE "=", text, ": not known; there are: on, off",
                    (char *)NULL);
        abort();
    }
    return false;
}

#ifdef SYS_memfd_create

static struct zm_live *page;

static void after_fork_in_child(void)
{
    page->pid = getpid();
}

/* A process that may write no byte to a file gets a signal for it. */
static bool may_write(size_t size)
{
    struct rlimit limit;
    return getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur >= size;
}

static struct zm_live *map(const struct zm_live *content)
{
    enum { CLOSE_ON_EXEC = 1 };
    int fd = (int)syscall(SYS_memfd_create, ZM_LIVE_NAME, CLOSE_ON_EXEC);
    if (fd < 0)
        return NULL;
    void *mapped = MAP_FAILED;
    if (write(fd, content, sizeof *content) == (ssize_t)sizeof *content)
        mapped = mmap(NULL, sizeof *content, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    close(fd);
    return mapped == MAP_FAILED ? NULL : mapped;
}

void zm_live_start(const struct zm_backend *backend)
{
    int saved_errno = errno;
    struct zm_live live = {.magic = ZM_LIVE_MAGIC,
                           .version = ZM_LIVE_VERSION,
                           .bytes = sizeof live,
                           .pid = getpid(),
                           .started = (int64_t)time(NULL),
                           .limits = (uintptr_t)&zm_limits_told,
                           .published = (uintptr_t)zm_published,
                           .published_count = ZM_PUBLISHED_MOST};
    if (!wanted())
        return;
    strncpy(live.backend, backend->ops->name, sizeof live.backend - 1);
    strncpy(live.backend_version, backend->ops->version(), sizeof live.backend_version - 1);
    zm_slots_describe(&live.slots);
    zm_sums_describe(&live.sums, &live.slots);
    zm_switch_describe(&live);
    live.heaps = (uintptr_t)&zm_heaps_told;
    page = may_write(sizeof live) ? map(&live) : NULL;
    if (page)
        pthread_atfork(NULL, NULL, after_fork_in_child);
    errno = saved_errno;
}

void zm_live_tell_switch(void)
{
    struct zm_live told = {0};
    if (!page)
        return;
    zm_switch_describe(&told);
    memcpy(page->backends, told.backends, sizeof page->backends);
    ZM_STORE(page->purges, told.purges);
    ZM_STORE(page->may, told.may);
    ZM_STORE(page->current, told.current);
}

#else

void zm_live_tell_switch(void)
{
}

void zm_live_start(const struct zm_backend *backend)
{
    (void)backend;
    (void)wanted();
}

#endif
