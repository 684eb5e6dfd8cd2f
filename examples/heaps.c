/* Two heaps in one process: a cache on jemalloc, which keeps long-lived blocks of many sizes close
 * together, beside a parser on mimalloc, which is fast with the short-lived. Each has its account;
 * the cache has a limit, and drops what is oldest when it is reached; what the parser has left of a
 * document goes at once.
 *
 *     cc heaps.c $(pkg-config --cflags --libs zmalloc) -o heaps && ./heaps 2000
 *
 * The argument is the number of documents. A second one is how many seconds to stay, so that
 * `zmalloc top --heaps` can look at it.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmalloc.h>

enum { PAGES = 4096, WORDS = 500 };

static zmalloc_heap *cache, *pages, *parser;

/* The cache: rendered documents, the oldest first. */
static char *kept[PAGES];
static unsigned long oldest, newest;

static size_t drop_oldest(size_t wanted, void *unused)
{
    size_t freed = 0;
    (void)unused;
    while (oldest < newest && freed < wanted) {
        char *page = kept[oldest++ % PAGES];
        freed += zmalloc_size(page);
        zfree(page); /* a heap's block is freed as any other */
    }
    return freed;
}

static zmalloc_heap *make(const char *name, const char *backend, uint64_t limit,
                          zmalloc_heap *parent)
{
    struct zmalloc_heap_options options = {.struct_size = sizeof options,
                                           .name = name,
                                           .backend = backend,
                                           .hard_limit = limit,
                                           .reclaim = limit ? drop_oldest : NULL,
                                           .parent = parent};
    zmalloc_heap *heap = zmalloc_heap_create(&options);
    if (!heap && errno == ENOENT) { /* built without: then on what the process runs on */
        options.backend = NULL;
        heap = zmalloc_heap_create(&options);
    }
    if (!heap) {
        perror(name);
        exit(1);
    }
    return heap;
}

/* The parser: a list of words, none of which it frees. */
struct word {
    struct word *next;
    char text[];
};

static struct word *parse(uint32_t *seed)
{
    struct word *first = NULL;
    for (int i = 0; i < WORDS; i++) {
        *seed = *seed * 1664525 + 1013904223;
        size_t length = 1 + (*seed >> 16) % 24;
        struct word *word = zmalloc_heap_malloc(parser, sizeof *word + length + 1);
        if (!word)
            return NULL;
        memset(word->text, 'a' + (int)(*seed >> 28), length);
        word->text[length] = '\0';
        word->next = first;
        first = word;
    }
    return first;
}

static char *render(const struct word *words)
{
    size_t used = 0, room = 256;
    char *page = zmalloc_heap_malloc(pages, room);
    for (; page && words; words = words->next) {
        size_t length = strlen(words->text);
        if (used + length + 2 > room) {
            char *larger = zrealloc(page, room *= 2); /* stays in its heap */
            if (!larger)
                zfree(page);
            page = larger;
        }
        if (!page)
            break;
        memcpy(page + used, words->text, length);
        used += length;
        page[used++] = ' ';
        page[used] = '\0';
    }
    return page;
}

static void report(const char *name, zmalloc_heap *heap)
{
    struct zmalloc_heap_usage u = {.struct_size = sizeof u};
    if (zmalloc_heap_get_usage(heap, &u) == 0)
        printf("%-8s %8.1f KiB used, %8.1f KiB at most, %9llu blocks allocated, %llu reclaims\n",
               name, (double)u.used_bytes / 1024, (double)u.peak_bytes / 1024,
               (unsigned long long)u.allocs, (unsigned long long)u.reclaims);
}

int main(int argc, char **argv)
{
    unsigned long documents = argc > 1 ? strtoul(argv[1], NULL, 10) : 2000;
    uint32_t seed = 1;
    cache = make("cache", "jemalloc", 4 << 20, NULL);
    pages = make("pages", "jemalloc", 0, cache); /* counts in the cache, and in its limit */
    parser = make("parser", "mimalloc", 0, NULL);
    for (unsigned long i = 0; i < documents; i++) {
        char *page = render(parse(&seed));
        if (!page) {
            perror("no memory for a page");
            return 1;
        }
        if (newest - oldest == PAGES)
            (void)drop_oldest(1, NULL);
        kept[newest++ % PAGES] = page;
        if (i + 1 < documents)
            zmalloc_heap_free_all(parser);
    }
    report("cache", cache);
    report("parser", parser);
    fflush(stdout);
    if (argc > 2)
        sleep((unsigned)strtoul(argv[2], NULL, 10));
    size_t left = 0;
    if (zmalloc_heap_destroy(parser, &left) == -EBUSY)
        printf("the parser still has %zu bytes\n", left);
    zmalloc_heap_free_all(parser);
    zmalloc_heap_free_all(pages);
    int status = zmalloc_heap_destroy(parser, NULL);
    if (status == 0)
        status = zmalloc_heap_destroy(pages, NULL);
    if (status == 0)
        status = zmalloc_heap_destroy(cache, NULL);
    printf("all given back: %s\n", status == 0 ? "yes" : "no");
    return status != 0;
}
