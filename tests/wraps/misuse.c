/* What programs do wrong with memory, one at a time: misuse NAME. Prints the block's address and
 * size first, so that the report can be held against them; run by test_guard.py.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zmalloc.h>

static char *volatile block; /* volatile: what is wrong must really be done */
static volatile char sink;
static char global[64];

static char *take(size_t size)
{
    block = zmalloc(size);
    printf("%#jx %zu\n", (uintmax_t)(uintptr_t)block, size);
    fflush(stdout);
    return block;
}

static void read_past_the_end(void)
{
    take(160);
    sink = block[160];
}

static void write_past_the_end(void)
{
    take(4096);
    block[4096] = 1;
}

static void write_one_past_an_odd_end(void)
{
    take(101);
    block[101] = 1;
    zfree(block);
}

static void copy_a_string_without_its_zero(void)
{
    take(5);
    strcpy(block, "12345");
    zfree(block);
}

static void copy_far_past_the_end(void)
{
    take(1000);
    memset(block, 1, 2000);
}

static void write_past_the_end_and_never_free(void)
{
    take(33);
    block[40] = 1;
}

static void write_past_the_end_and_resize(void)
{
    take(50);
    block[51] = 1;
    block = zrealloc(block, 5000);
}

static void write_past_an_aligned_block(void)
{
    block = zaligned_alloc(256, 300);
    printf("%#jx %d\n", (uintmax_t)(uintptr_t)block, 300);
    fflush(stdout);
    block[310] = 1;
    zfree(block);
}

static void write_past_a_zeroed_block(void)
{
    block = zcalloc_num(7, 11);
    printf("%#jx %d\n", (uintmax_t)(uintptr_t)block, 77);
    fflush(stdout);
    block[77] = 1;
    zfree(block);
}

static void write_past_what_a_block_was_shrunk_to(void)
{
    block = zrealloc(zmalloc(1000), 10);
    printf("%#jx %d\n", (uintmax_t)(uintptr_t)block, 10);
    fflush(stdout);
    block[500] = 1;
}

static void write_before_the_start(void)
{
    take(100);
    block[-1] = 1;
    zfree(block);
}

static void write_before_a_whole_page(void)
{
    take(8192);
    memset(block - 8, 1, 8);
    zfree(block);
}

static void read_after_free(void)
{
    take(100);
    zfree(block);
    sink = block[50];
}

static void write_after_free(void)
{
    take(100000);
    zfree(block);
    block[70000] = 1;
}

static void read_by_the_pointer_from_before_a_resize(void)
{
    take(100);
    char *moved = zrealloc(block, 200);
    sink = block[0];
    zfree(moved);
}

static void *free_it(void *arg)
{
    zfree(arg);
    return NULL;
}

static void write_after_another_thread_has_freed(void)
{
    pthread_t thread;
    take(64);
    pthread_create(&thread, NULL, free_it, block);
    pthread_join(thread, NULL);
    block[0] = 1;
}

static void double_free(void)
{
    take(100);
    zfree(block);
    zfree(block);
}

/* Handlers run on what was long enough for them for decades; below it is nothing. */
static void have_small_stack(void)
{
    enum { SIZE = 8192, FENCE = 65536 };
    char *pages =
        mmap(NULL, FENCE + SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    mprotect(pages + FENCE, SIZE, PROT_READ | PROT_WRITE);
    sigaltstack(&(stack_t){.ss_sp = pages + FENCE, .ss_size = SIZE}, NULL);
}

static void free_in_handler(int number)
{
    (void)number;
    zfree(block);
}

static void double_free_on_a_small_stack(void)
{
    struct sigaction action = {.sa_handler = free_in_handler, .sa_flags = SA_ONSTACK};
    have_small_stack();
    sigaction(SIGUSR1, &action, NULL);
    take(100);
    zfree(block);
    raise(SIGUSR1);
}

static void write_after_free_with_a_small_stack(void)
{
    have_small_stack();
    take(100);
    zfree(block);
    block[3] = 1;
}

static void double_free_after_many_others(void)
{
    take(100);
    zfree(block);
    for (int i = 0; i < 1000; i++)
        zfree(zmalloc(100));
    zfree(block);
}

static zmalloc_heap *take_from_a_heap(size_t size)
{
    struct zmalloc_heap_options options = {.struct_size = sizeof options, .name = "heap"};
    zmalloc_heap *heap = zmalloc_heap_create(&options);
    block = zmalloc_heap_malloc(heap, size);
    printf("%#jx %zu\n", (uintmax_t)(uintptr_t)block, size);
    fflush(stdout);
    return heap;
}

static void free_into_a_destroyed_heap(void)
{
    zmalloc_heap *heap = take_from_a_heap(100);
    zmalloc_heap_free_all(heap);
    if (zmalloc_heap_destroy(heap, NULL) == 0)
        zfree(block);
}

static void write_past_a_heaps_block(void)
{
    take_from_a_heap(100);
    block[101] = 1;
    zfree(block);
}

static void free_of_the_stack(void)
{
    char here[64];
    take(10);
    block = here;
    printf("%#jx 0\n", (uintmax_t)(uintptr_t)block);
    fflush(stdout);
    zfree(block + 16);
}

static void free_of_a_global(void)
{
    block = global;
    printf("%#jx 0\n", (uintmax_t)(uintptr_t)block);
    fflush(stdout);
    zfree(block);
}

static void free_of_libcs_block(void)
{
    block = zlibc_malloc(100);
    printf("%#jx 0\n", (uintmax_t)(uintptr_t)block);
    fflush(stdout);
    zfree(block);
}

static void free_of_the_middle(void)
{
    take(100);
    zfree(block + 16);
}

static void resize_of_a_freed_block(void)
{
    take(100);
    zfree(block);
    block = zrealloc(block, 200);
}

static void resize_of_the_middle(void)
{
    take(100);
    block = zrealloc(block + 1, 200);
}

static void sized_free_with_too_little(void)
{
    take(100);
    zfree_with_size(block, 99);
}

static void sized_free_with_too_much(void)
{
    take(100);
    zfree_with_size(block, 128);
}

static void size_of_a_freed_block(void)
{
    take(100);
    zfree(block);
    sink = (char)zmalloc_size(block);
}

static void nothing_wrong(void)
{
    take(100);
    memset(block, 1, 100);
    block = zrealloc(block, zmalloc_size(block) + 1);
    zfree_with_size(block, 101);
    zfree(zaligned_alloc(1 << 16, 10));
    zfree_with_size(zcalloc(0), 0);
}

#define MISUSE(name) \
    {                \
#        name, name  \
    }

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } all[] = {
        MISUSE(read_past_the_end),
        MISUSE(write_past_the_end),
        MISUSE(write_one_past_an_odd_end),
        MISUSE(copy_a_string_without_its_zero),
        MISUSE(copy_far_past_the_end),
        MISUSE(write_past_the_end_and_never_free),
        MISUSE(write_past_the_end_and_resize),
        MISUSE(write_past_an_aligned_block),
        MISUSE(write_past_a_zeroed_block),
        MISUSE(write_past_what_a_block_was_shrunk_to),
        MISUSE(write_before_the_start),
        MISUSE(write_before_a_whole_page),
        MISUSE(read_after_free),
        MISUSE(write_after_free),
        MISUSE(read_by_the_pointer_from_before_a_resize),
        MISUSE(write_after_another_thread_has_freed),
        MISUSE(double_free),
        MISUSE(double_free_on_a_small_stack),
        MISUSE(write_after_free_with_a_small_stack),
        MISUSE(double_free_after_many_others),
        MISUSE(free_into_a_destroyed_heap),
        MISUSE(write_past_a_heaps_block),
        MISUSE(free_of_the_stack),
        MISUSE(free_of_a_global),
        MISUSE(free_of_libcs_block),
        MISUSE(free_of_the_middle),
        MISUSE(resize_of_a_freed_block),
        MISUSE(resize_of_the_middle),
        MISUSE(sized_free_with_too_little),
        MISUSE(sized_free_with_too_much),
        MISUSE(size_of_a_freed_block),
        MISUSE(nothing_wrong),
    };
    for (size_t i = 0; argc == 2 && i < sizeof all / sizeof *all; i++)
        if (strcmp(argv[1], all[i].name) == 0) {
            all[i].run();
            return 0;
        }
    fprintf(stderr, "%s: no such misuse\n", argv[0]);
    return 2;
}
