/* A cache with a memory limit: what was used longest ago goes when used memory passes the limit.
 *
 *     cc cache.c $(pkg-config --cflags --libs zmalloc) -o cache && ./cache 16
 *
 * The limit holds for everything the program has allocated, the table and the links included, in
 * the bytes that the allocator really reserved; that is what makes it worth setting.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmalloc.h>

struct entry {
    struct entry *chain;         /* in its bucket */
    struct entry *newer, *older; /* by last use */
    char *key, *value;
};

#define BUCKETS 65536

static struct {
    struct entry *buckets[BUCKETS];
    struct entry *newest, *oldest;
    size_t limit;
    unsigned long hits, misses, evictions;
} cache;

static struct entry **bucket_of(const char *key)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (; *key; key++)
        hash = (hash ^ (unsigned char)*key) * 16777619u;
    return &cache.buckets[hash % BUCKETS];
}

static struct entry **find(const char *key)
{
    struct entry **link = bucket_of(key);
    while (*link && strcmp((*link)->key, key) != 0)
        link = &(*link)->chain;
    return link;
}

static void unlink_use(struct entry *entry)
{
    *(entry->newer ? &entry->newer->older : &cache.newest) = entry->older;
    *(entry->older ? &entry->older->newer : &cache.oldest) = entry->newer;
}

static void link_use(struct entry *entry)
{
    entry->newer = NULL;
    entry->older = cache.newest;
    *(cache.newest ? &cache.newest->newer : &cache.oldest) = entry;
    cache.newest = entry;
}

static void drop(struct entry **link)
{
    struct entry *entry = *link;
    *link = entry->chain;
    unlink_use(entry);
    zfree(entry->key);
    zfree(entry->value);
    zfree(entry);
}

static void set(const char *key, const char *value)
{
    struct entry **link = find(key);
    if (*link)
        drop(link);
    struct entry *entry = zmalloc(sizeof *entry);
    entry->key = zstrdup(key);
    entry->value = zstrdup(value);
    link = bucket_of(key);
    entry->chain = *link;
    *link = entry;
    link_use(entry);
    while (zmalloc_used_memory() > cache.limit && cache.oldest) {
        drop(find(cache.oldest->key));
        cache.evictions++;
    }
}

static const char *get(const char *key)
{
    struct entry *entry = *find(key);
    if (!entry) {
        cache.misses++;
        return NULL;
    }
    cache.hits++;
    unlink_use(entry);
    link_use(entry);
    return entry->value;
}

int main(int argc, char **argv)
{
    unsigned long megabytes = argc > 1 ? strtoul(argv[1], NULL, 10) : 16;
    if (megabytes == 0) {
        fprintf(stderr, "usage: cache [MEGABYTES]\n");
        return 2;
    }
    cache.limit = megabytes << 20;

    static char value[4000];
    char key[32];
    size_t highest = 0;
    srand(1);
    for (int i = 0; i < 200000; i++) {
        /* Some keys are asked for much more than others. */
        int n = rand() % (rand() % 20000 + 1);
        snprintf(key, sizeof key, "key:%d", n);
        if (get(key))
            continue;
        memset(value, 'v', sizeof value);
        value[rand() % (int)sizeof value] = '\0';
        value[sizeof value - 1] = '\0';
        set(key, value);
        size_t used = zmalloc_used_memory();
        highest = used > highest ? used : highest;
        if (used > cache.limit) {
            fprintf(stderr, "%zu bytes in use, above the limit\n", used);
            return 1;
        }
    }
    printf("%s: at most %zu of %zu bytes, %lu hits, %lu misses, %lu evictions\n", ZMALLOC_LIB,
           highest, cache.limit, cache.hits, cache.misses, cache.evictions);
    while (cache.oldest)
        drop(find(cache.oldest->key));
    return zmalloc_used_memory() ? 1 : 0;
}
