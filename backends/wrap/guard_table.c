/* guard's table of blocks, live and in quarantine: chained buckets that double, over pages of its
 * own.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <assert.h>
#include <pthread.h>
#include <sys/mman.h>

#include "guard.h"

enum { FIRST_BUCKETS = 1 << 16, SLAB = 1 << 20 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct zm_guard_block **buckets;
static size_t bucket_count, block_count;
static struct zm_guard_block *unused;

void zm_guard_lock(void)
{
    pthread_mutex_lock(&lock);
}

void zm_guard_unlock(void)
{
    pthread_mutex_unlock(&lock);
}

/* A fork takes the lock. It never waits for long, because nothing is called while the lock is
 * held. */
void zm_guard_table_start(void)
{
    pthread_atfork(zm_guard_lock, zm_guard_unlock, zm_guard_unlock);
}

static void *map(size_t bytes)
{
    void *fresh = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return fresh == MAP_FAILED ? NULL : fresh;
}

struct zm_guard_block *zm_guard_new(void)
{
    zm_guard_lock();
    if (!unused) {
        struct zm_guard_block *slab = map(SLAB);
        for (size_t i = 0; slab && i < SLAB / sizeof *slab; i++) {
            slab[i].next = unused;
            unused = &slab[i];
        }
    }
    struct zm_guard_block *block = unused;
    if (block)
        unused = block->next;
    zm_guard_unlock();
    return block;
}

void zm_guard_recycle(struct zm_guard_block *block)
{
    zm_guard_lock();
    block->next = unused;
    unused = block;
    zm_guard_unlock();
}

static struct zm_guard_block **bucket_of(const void *ptr)
{
    uint64_t hash = (uint64_t)(uintptr_t)ptr * UINT64_C(0x9e3779b97f4a7c15);
    return &buckets[(size_t)(hash >> 32) & (bucket_count - 1)];
}

static void link_block(struct zm_guard_block *block)
{
    struct zm_guard_block **bucket = bucket_of(block->ptr);
    block->next = *bucket;
    *bucket = block;
}

static bool grow(void)
{
    struct zm_guard_block **old = buckets;
    size_t old_count = bucket_count, count = old ? 2 * old_count : FIRST_BUCKETS;
    struct zm_guard_block **fresh = map(count * sizeof *fresh);
    if (!fresh)
        return old != NULL; /* longer chains, then */
    buckets = fresh;
    bucket_count = count;
    for (size_t i = 0; i < old_count; i++)
        for (struct zm_guard_block *b = old[i], *next; b; b = next) {
            next = b->next;
            link_block(b);
        }
    if (old)
        munmap(old, old_count * sizeof *old);
    return true;
}

bool zm_guard_insert(struct zm_guard_block *block)
{
    if (block_count >= bucket_count && !grow())
        return false;
    link_block(block);
    block_count++;
    return true;
}

void zm_guard_remove(struct zm_guard_block *block)
{
    struct zm_guard_block **link = bucket_of(block->ptr);
    while (*link != block) {
        assert(*link);
        link = &(*link)->next;
    }
    *link = block->next;
    block_count--;
}

struct zm_guard_block *zm_guard_find(const void *ptr)
{
    if (!bucket_count)
        return NULL;
    struct zm_guard_block *block = *bucket_of(ptr);
    while (block && block->ptr != ptr)
        block = block->next;
    return block;
}

struct zm_guard_block *zm_guard_around(const void *address, size_t page)
{
    for (size_t i = 0; i < bucket_count; i++)
        for (struct zm_guard_block *b = buckets[i]; b; b = b->next) {
            size_t whole = b->span + (b->paged ? page : 0);
            if ((uintptr_t)address - (uintptr_t)b->base < whole)
                return b;
        }
    return NULL;
}

void zm_guard_each(void (*look)(const struct zm_guard_block *block))
{
    if (pthread_mutex_trylock(&lock) != 0)
        return; /* perhaps held by what a signal has interrupted */
    for (size_t i = 0; i < bucket_count; i++)
        for (struct zm_guard_block *b = buckets[i]; b; b = b->next)
            if (!b->freed)
                look(b);
    zm_guard_unlock();
}
