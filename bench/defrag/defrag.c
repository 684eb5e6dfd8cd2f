/* What defragmenting a heap brings. A heap of mixed blocks has most of them freed at random. Then
 * comes nothing, zdefrag, or a copy of everything, each in a process of its own and on the same
 * blocks. Each becomes a row of a Markdown table.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <zmalloc.h>

#define MIB      ((size_t)1 << 20)
#define PASSES   5
#define PER_CENT 70 /* of the blocks are freed */

struct heap {
    void **blocks;
    size_t count, live, moved, passes;
};

static uint64_t state;

static uint64_t next(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

/* Every power of two is equally likely, up to 8 KiB, and for one block in fifty up to 64 KiB. */
static size_t some_size(void)
{
    unsigned most = next() % 100 < 98 ? 12 : 15;
    size_t power = (size_t)1 << (4 + next() % (most - 3));
    return power + next() % power;
}

/* Writes the number of the block to its beginning, and the last byte of the number to the rest. */
static void sign(void *block, size_t size, size_t number)
{
    memset(block, (int)(number & 255), size);
    memcpy(block, &number, sizeof number);
}

static void fill(struct heap *heap, size_t bytes)
{
    size_t most = bytes / 16;
    heap->blocks = mmap(NULL, most * sizeof(void *), PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (heap->blocks == MAP_FAILED) {
        perror("defrag: mmap");
        exit(2);
    }
    for (size_t sum = 0; sum < bytes && heap->count < most; heap->count++) {
        size_t size = some_size();
        heap->blocks[heap->count] = zmalloc(size);
        sign(heap->blocks[heap->count], size, heap->count);
        sum += size;
    }
}

static void make_holes(struct heap *heap)
{
    heap->live = heap->count;
    for (size_t i = 0; i < heap->count; i++)
        if (next() % 100 < PER_CENT) {
            zfree(heap->blocks[i]);
            heap->blocks[i] = NULL;
            heap->live--;
        }
}

static void nothing(struct heap *heap)
{
    (void)heap;
}

/* Makes passes until one moves less than a hundredth of the blocks. */
static void defragment(struct heap *heap)
{
    size_t moved = heap->live;
    for (; heap->passes < PASSES && moved > heap->live / 100; heap->passes++) {
        moved = 0;
        for (size_t i = 0; i < heap->count; i++) {
            void *fresh = heap->blocks[i] ? zdefrag(heap->blocks[i]) : NULL;
            if (fresh) {
                heap->blocks[i] = fresh;
                moved++;
            }
        }
        heap->moved += moved;
    }
}

static void copy(struct heap *heap)
{
    for (size_t i = 0; i < heap->count; i++) {
        if (!heap->blocks[i])
            continue;
        size_t size = zmalloc_size(heap->blocks[i]);
        void *fresh = memcpy(zmalloc(size), heap->blocks[i], size);
        zfree(heap->blocks[i]);
        heap->blocks[i] = fresh;
        heap->moved++;
    }
    heap->passes = 1;
}

static void purge(void)
{
    zmalloc_flush_thread_cache();
    zmalloc_purge();
}

/* CPU time of this process, which has one thread: about what it would take on an idle machine. */
static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static bool intact(const struct heap *heap)
{
    for (size_t i = 0; i < heap->count; i++)
        if (heap->blocks[i] && memcmp(heap->blocks[i], &i, sizeof i) != 0)
            return false;
    return true;
}

static const struct way {
    const char *name;
    void (*go)(struct heap *heap);
} ways[] = {{"nothing", nothing}, {"zdefrag", defragment}, {"full copy", copy}};

/* Returns the exit status: 1 if blocks have lost their contents. */
static int run(const struct way *way, size_t bytes)
{
    struct heap heap = {0};
    state = 88172645463325252;
    fill(&heap, bytes);
    size_t full = zmalloc_get_rss();
    make_holes(&heap);
    size_t before = zmalloc_get_rss(), used = zmalloc_used_memory();
    double start = seconds();
    way->go(&heap);
    double went = seconds();
    purge();
    double end = seconds();
    printf("| %s | %s | %zu | %zu | %zu | %zu | %.2f | %.2f | %.1f | %zu |\n", ZMALLOC_LIB,
           way->name, full / MIB, used / MIB, before / MIB, zmalloc_get_rss() / MIB, went - start,
           end - went, 100.0 * (double)heap.moved / (double)heap.live, heap.passes);
    /* A copy may have another usable size under libc. */
    bool counted = way->go == copy || zmalloc_used_memory() == used;
    if (!intact(&heap) || !counted) {
        fprintf(stderr, "defrag: %s has damaged blocks, or their count\n", way->name);
        return 1;
    }
    return fflush(stdout) == 0 ? 0 : 2;
}

static int in_a_child(const struct way *way, size_t bytes)
{
    int status = 0;
    pid_t pid = fork();
    if (pid == 0)
        _exit(run(way, bytes));
    if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status)) {
        fprintf(stderr, "defrag: %s ended before its time\n", way->name);
        return 2;
    }
    return WEXITSTATUS(status);
}

static int usage(void)
{
    fputs(
        "usage: defrag [--mib=MIB]\n"
        "Fills MIB (2048) of blocks of 16 B to 64 KiB, frees 70 % of them at random, and goes on\n"
        "in three ways. ZMALLOC_BACKEND is the allocator.\n",
        stderr);
    return 2;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"mib", required_argument, NULL, 'm'},
                                            {NULL, 0, NULL, 0}};
    size_t mib = 2048;
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        char *end = NULL;
        if (c != 'm')
            return usage();
        mib = strtoul(optarg, &end, 10);
        if (*end || mib == 0 || mib > SIZE_MAX / MIB)
            return usage();
    }
    if (optind < argc)
        return usage();
    puts("| allocator | | RSS full, MiB | live | RSS with holes | RSS after | CPU s | purge, s "
         "| moved, % | passes |\n"
         "|---|---|---|---|---|---|---|---|---|---|");
    fflush(stdout);
    int worst = 0;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        int status = in_a_child(&ways[i], mib * MIB);
        if (status > worst)
            worst = status;
    }
    return worst;
}
