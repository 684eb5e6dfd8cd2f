/* The program's own numbers beside the account, for readers outside. An entry whose address is set
 * is whole.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "published.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <zmalloc/export.h>
#include <zmalloc/stats.h>

#include "base/wait.h"

struct zm_live_published zm_published[ZM_PUBLISHED_MOST];

static zm_lock changing = ZM_LOCK_INIT;

static struct zm_live_published *find(const char *name)
{
    for (struct zm_live_published *entry = zm_published; entry < zm_published + ZM_PUBLISHED_MOST;
         entry++) {
        if (name ? entry->value && strcmp(entry->name, name) == 0 : !entry->value)
            return entry;
    }
    return NULL;
}

static int change(const char *name, const uint64_t *value)
{
    struct zm_live_published *entry = find(name);
    if (!value) {
        if (!entry)
            return -ENOENT;
        ZM_STORE(entry->value, 0);
        return 0;
    }
    if (entry)
        return -EEXIST;
    entry = find(NULL);
    if (!entry)
        return -ENOSPC;
    strcpy(entry->name, name);
    ZM_PUBLISH(entry->value, (uintptr_t)value);
    return 0;
}

/* Whoever held the lock is not there. */
static void after_fork_in_child(void)
{
    zm_lock_give(&changing);
}

static void watch_forks(void)
{
    pthread_atfork(NULL, NULL, after_fork_in_child);
}

int zmalloc_publish(const char *name, const uint64_t *value)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    if (!zm_live_is_name(name) || (uintptr_t)value % sizeof *value)
        return -EINVAL;
    pthread_once(&once, watch_forks);
    zm_lock_take(&changing);
    int status = change(name, value);
    zm_lock_give(&changing);
    return status;
}
