/* Heaps of all backends under threads: each block is freed, resized or asked for its size by
 * whoever has it, by the plain functions, among plain blocks. Afterwards every heap's account is
 * compared with what the threads have noted themselves: they must agree to the byte.
 *
 * usage: stress [OPERATIONS [THREADS [HEAPS]]], in all; or ZMALLOC_TEST_HEAP_OPERATIONS, then with
 * 16 threads and 1,000 heaps. The default is for a second or so.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmalloc.h>

#include "../core/test.h"
#include "../core/threads.h"

enum { MOST_HEAPS = 4000, MOST_THREADS = 64, SHARED = 1024, OWN = 128 };

static unsigned long operations = ZM_SLOW ? 100000 : 1000000, threads = 4, heap_count = 60;

static zmalloc_heap *heaps[MOST_HEAPS];

/* What a thread has done in a heap, children not included. */
struct note {
    uint64_t allocated, freed, allocs, frees;
};
static struct note *notes[MOST_THREADS]; /* of each thread, by heap */

static void *_Atomic shared[SHARED];

/* What a block begins with; its last byte is that of its size. */
struct head {
    uint32_t size, heap; /* heap_count: of none */
};

static void broken(const char *what)
{
    fprintf(stderr, "stress: %s\n", what);
    abort();
}

static size_t usable_of(const void *block)
{
    return zmalloc_usable_size((void *)(uintptr_t)block);
}

static char *fill(char *block, size_t size, uint32_t heap)
{
    struct head head = {(uint32_t)size, heap};
    if (!block)
        broken("no memory");
    memcpy(block, &head, sizeof head);
    block[size - 1] = (char)size;
    return block;
}

static struct head check(const char *block)
{
    struct head head;
    memcpy(&head, block, sizeof head);
    zmalloc_heap *heap = zmalloc_heap_of(block);
    if (block[head.size - 1] != (char)head.size || usable_of(block) < head.size)
        broken("a block is not as it was written");
    if (heap != (head.heap < heap_count ? heaps[head.heap] : NULL))
        broken("a block is another heap's");
    return head;
}

static void note_alloc(unsigned thread, uint32_t heap, size_t usable)
{
    if (heap < heap_count) {
        notes[thread][heap].allocated += usable;
        notes[thread][heap].allocs++;
    }
}

static void note_free(unsigned thread, uint32_t heap, size_t usable)
{
    if (heap < heap_count) {
        notes[thread][heap].freed += usable;
        notes[thread][heap].frees++;
    }
}

static size_t any_size(uint64_t r)
{
    return r % 128 == 0 ? 32 + r / 128 % 200000 : 16 + r / 128 % (r & 1 ? 100 : 1000);
}

static char *make(unsigned thread, uint64_t r)
{
    uint32_t which = (uint32_t)(r >> 40) % (uint32_t)(heap_count + heap_count / 4);
    size_t size = any_size(r);
    char *block;
    if (which >= heap_count) {
        which = (uint32_t)heap_count;
        block = r % 7 == 0 ? zcalloc(size) : zmalloc(size);
    } else if (r % 7 == 0) {
        block = zmalloc_heap_calloc(heaps[which], 1, size);
        for (size_t i = 0; block && i < size; i++)
            if (block[i])
                broken("calloc gave a block that is not zero");
    } else if (r % 7 == 1) {
        size_t align = (size_t)1 << (4 + r % 9);
        block = zmalloc_heap_aligned_alloc(heaps[which], align, size);
        if ((uintptr_t)block % align)
            broken("a block is not aligned");
    } else {
        block = zmalloc_heap_malloc(heaps[which], size);
    }
    fill(block, size, which);
    note_alloc(thread, which, usable_of(block));
    return block;
}

static char *resize(unsigned thread, char *block, uint64_t r)
{
    struct head old = check(block);
    size_t size = any_size(r), before = usable_of(block);
    uint32_t which = old.heap;
    if (r % 5 == 0) { /* into another heap */
        which = (uint32_t)(r >> 40) % (uint32_t)heap_count;
        block = zmalloc_heap_realloc(heaps[which], block, size);
    } else {
        block = zrealloc(block, size);
    }
    if (!block || memcmp(block, &old.size, sizeof old.size) != 0)
        broken("a resized block has lost what was in it");
    note_free(thread, old.heap, before);
    fill(block, size, which);
    note_alloc(thread, which, usable_of(block));
    return block;
}

static void give_back(unsigned thread, char *block)
{
    if (!block)
        return;
    struct head head = check(block);
    size_t usable = usable_of(block);
    if (head.size % 3)
        zfree(block);
    else
        zfree_usable(block, &usable);
    note_free(thread, head.heap, usable);
}

static void work(void *arg, unsigned thread)
{
    uint64_t state = (thread + 1) * UINT64_C(0x9e3779b97f4a7c15);
    char *own[OWN] = {NULL};
    (void)arg;
    for (unsigned long i = 0; i < operations / threads; i++) {
        uint64_t r = zm_random(&state);
        char **slot = &own[r % OWN];
        r >>= 8;
        if (*slot && r % 8 == 0)
            *slot = resize(thread, *slot, zm_random(&state));
        else if (r % 4 == 1)
            *slot = atomic_exchange(&shared[r / 4 % SHARED], *slot);
        else {
            give_back(thread, *slot);
            *slot = make(thread, zm_random(&state));
        }
    }
    for (int i = 0; i < OWN; i += 2) { /* the rest stays */
        give_back(thread, own[i]);
        own[i] = NULL;
    }
    for (int i = 1; i < OWN; i += 2)
        give_back(thread, atomic_exchange(&shared[(thread * OWN + (unsigned)i) % SHARED], own[i]));
}

/* ---- */

/* Every fourth heap is a child of the one before it, and every eighth one of that. */
static void make_heaps(void)
{
    size_t count = getenv("ZMALLOC_TEST_HEAPS") ? 0 : zmalloc_backend_count();
    for (unsigned long i = 0; i < heap_count; i++) {
        struct zmalloc_backend_info info = {.struct_size = sizeof info};
        struct zmalloc_heap_options options = {.struct_size = sizeof options, .name = "stress"};
        if (i % (count + 1) < count && zmalloc_backend_describe(i % (count + 1), &info) == 0)
            options.backend = info.name;
        if (i % 8 == 4 || i % 8 == 5 || i % 8 == 1)
            options.parent = heaps[i - 1];
        if (i % 16 == 3 || i % 16 == 4)
            options.hard_limit = (uint64_t)1 << 40;
        heaps[i] = zmalloc_heap_create(&options);
        if (!heaps[i])
            broken(strerror(errno));
    }
}

static struct note noted(unsigned long heap)
{
    struct note sum = {0};
    for (unsigned long t = 0; t < threads; t++) {
        sum.allocated += notes[t][heap].allocated;
        sum.freed += notes[t][heap].freed;
        sum.allocs += notes[t][heap].allocs;
        sum.frees += notes[t][heap].frees;
    }
    return sum;
}

static void add(struct note *to, struct note more)
{
    to->allocated += more.allocated;
    to->freed += more.freed;
    to->allocs += more.allocs;
    to->frees += more.frees;
}

static void compare(void)
{
    uint64_t blocks = 0, drift = 0, used = 0;
    for (unsigned long i = 0; i < heap_count; i++) {
        struct zmalloc_heap_usage u = {.struct_size = sizeof u};
        struct note own = noted(i), all = own;
        if (i + 1 < heap_count && (i % 8 == 3 || i % 8 == 4 || i % 8 == 0))
            add(&all, noted(i + 1));
        if (i + 2 < heap_count && i % 8 == 3)
            add(&all, noted(i + 2));
        if (zmalloc_heap_get_usage(heaps[i], &u) != 0)
            broken("a heap tells no usage");
        drift += (u.allocated_bytes != all.allocated) + (u.freed_bytes != all.freed) +
                 (u.allocs != all.allocs) + (u.frees != all.frees);
        if (u.used_bytes != all.allocated - all.freed || u.peak_bytes < u.used_bytes)
            broken("a heap's used bytes or its peak are wrong");
        blocks += own.allocs;
        used += own.allocated - own.freed;
    }
    if (drift)
        broken("heaps have drifted");
    printf("%lu heaps, %lu threads: %llu blocks, %llu bytes still in use, drift 0\n", heap_count,
           threads, (unsigned long long)blocks, (unsigned long long)used);
}

/* The child goes on with the heaps: new blocks, and those of threads that it has not. */
static void fork_and_go_on(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        for (unsigned i = 0; i < SHARED; i++)
            give_back(0, atomic_exchange(&shared[i], make(0, (uint64_t)i * 7919 << 33 | i)));
        compare();
        for (unsigned i = 0; i < SHARED; i++)
            give_back(0, atomic_exchange(&shared[i], NULL));
        compare();
        _exit(0);
    }
    int status;
    if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
        broken("the forked process has failed");
}

/* Half by hand, half at once. */
static void end(void)
{
    for (unsigned i = 0; i < SHARED; i += 2)
        give_back(0, atomic_exchange(&shared[i], NULL));
    for (unsigned i = 1; i < SHARED; i += 2) {
        char *block = atomic_load(&shared[i]);
        if (block && !zmalloc_heap_of(block))
            zfree(block);
    }
    for (unsigned long i = heap_count; i-- > 0;) {
        struct zmalloc_heap_usage u = {.struct_size = sizeof u};
        zmalloc_heap_get_usage(heaps[i], &u);
        if (u.used_bytes && zmalloc_heap_destroy(heaps[i], NULL) != -EBUSY)
            broken("a heap with live blocks was destroyed");
        if (zmalloc_heap_free_all(heaps[i]) != (int64_t)u.used_bytes)
            broken("not all of a heap was freed");
        if (zmalloc_heap_destroy(heaps[i], NULL) != 0)
            broken("an empty heap can't be destroyed");
    }
}

static unsigned long argument(int argc, char **argv, int at, unsigned long otherwise,
                              unsigned long most)
{
    unsigned long value = argc > at ? strtoul(argv[at], NULL, 10) : otherwise;
    return value < most ? value : most;
}

int main(int argc, char **argv)
{
    const char *on_demand = getenv("ZMALLOC_TEST_HEAP_OPERATIONS");
    if (on_demand) {
        operations = strtoul(on_demand, NULL, 10);
        threads = 16;
        heap_count = 1000;
    }
    operations = argument(argc, argv, 1, operations, ULONG_MAX);
    threads = argument(argc, argv, 2, threads, MOST_THREADS);
    heap_count = argument(argc, argv, 3, heap_count, MOST_HEAPS);
    for (unsigned long t = 0; t < threads; t++)
        notes[t] = calloc(heap_count, sizeof *notes[t]);
    size_t before = zmalloc_used_memory();
    make_heaps();
    zm_crew_join(zm_crew_start((unsigned)threads, work, NULL));
    compare();
    fork_and_go_on();
    end();
    if (zmalloc_used_memory() != before)
        broken("the process's account is not back to where it was");
    puts("all freed: the process's account is back to the byte");
    return 0;
}
