/* A program whose account is read from outside: prints what it knows of it itself, a line for each
 * line that it reads.
 *
 * usage: live-target THREADS [fork | clone | publish | heaps]
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmalloc.h>
#include <zmalloc/stats.h>

static pthread_barrier_t allocated;
static uint64_t answers;

static zmalloc_heap *heaps[3];

/* One, with a child, whose backend is the last of those that are built in, and one that is gone. */
static bool make_heaps(void)
{
    struct zmalloc_backend_info last = {.struct_size = sizeof last};
    struct zmalloc_heap_options options = {
        .struct_size = sizeof options, .name = "sessions", .hard_limit = 1 << 30};
    zmalloc_backend_describe(zmalloc_backend_count() - 1, &last);
    heaps[0] = zmalloc_heap_create(&options);
    options = (struct zmalloc_heap_options){.struct_size = sizeof options, .name = "gone"};
    heaps[1] = zmalloc_heap_create(&options);
    options.name = "buffers";
    options.backend = last.name;
    options.parent = heaps[0];
    heaps[2] = zmalloc_heap_create(&options);
    return heaps[2] && zmalloc_heap_destroy(heaps[1], NULL) == 0;
}

/* Half of what it allocates stays; half of the threads do. */
static void *allocate(void *arg)
{
    for (int i = 0; i < 2000; i++) {
        size_t size = 100 + (size_t)i % 1000;
        void *block =
            heaps[0] ? zmalloc_heap_malloc(heaps[i % 3 == 0 ? 2 : 0], size) : zmalloc(size);
        if (i % 2)
            zfree(block);
    }
    if ((size_t)arg % 2)
        return NULL;
    pthread_barrier_wait(&allocated);
    for (;;)
        pause();
}

static void tell_heaps(void)
{
    for (size_t i = 0; i < 3 && heaps[0]; i += 2) {
        struct zmalloc_heap_usage u = {.struct_size = sizeof u};
        zmalloc_heap_get_usage(heaps[i], &u);
        printf("\"%s\": [%llu, %llu, %llu, %llu], ", zmalloc_heap_name(heaps[i]),
               (unsigned long long)u.used_bytes, (unsigned long long)u.peak_bytes,
               (unsigned long long)u.allocs, (unsigned long long)u.frees);
    }
}

static void tell(void)
{
    struct zmalloc_stats stats = {.struct_size = sizeof stats};
    zmalloc_get_stats(&stats);
    printf("{");
    tell_heaps();
    printf("\"pid\": %ld, \"used_bytes\": %llu, \"allocated_bytes\": %llu, \"allocs\": %llu, "
           "\"frees\": %llu, \"peak_bytes\": %llu, \"threads\": %u, \"backend\": \"%s\"}\n",
           (long)getpid(), (unsigned long long)stats.used_bytes,
           (unsigned long long)stats.allocated_bytes, (unsigned long long)stats.allocs,
           (unsigned long long)stats.frees, (unsigned long long)stats.peak_bytes, stats.threads,
           zmalloc_backend_name());
    fflush(stdout);
}

static void answer(void)
{
    char line[64];
    while (fgets(line, sizeof line, stdin)) {
        answers++;
        tell();
    }
}

int main(int argc, char **argv)
{
    size_t threads = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
    bool with_heaps = argc > 2 && strcmp(argv[2], "heaps") == 0;
    if (with_heaps && !make_heaps())
        return 1;
    pthread_barrier_init(&allocated, NULL, (unsigned)(threads + 1) / 2 + 1);
    for (size_t i = 0; i < threads; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, allocate, (void *)i) != 0)
            return 1;
        if (i % 2)
            pthread_join(thread, NULL);
    }
    pthread_barrier_wait(&allocated);
    if (argc > 2 && strcmp(argv[2], "publish") == 0) {
        static uint64_t taken_back;
        zfree(zmalloc(1)); /* this thread is in the account, too */
        if (zmalloc_publish("cache_answers", &answers) != 0 ||
            zmalloc_publish("gone", &taken_back) != 0 || zmalloc_publish("gone", NULL) != 0)
            return 1;
    } else if (argc > 2 && !with_heaps) {
        pid_t pid =
            strcmp(argv[2], "fork") == 0 ? fork() : (pid_t)syscall(SYS_clone, 17, 0, 0, 0, 0);
        if (pid != 0)
            return waitpid(pid, NULL, 0) == pid ? 0 : 1;
        zmalloc(100000);
    }
    answer();
    return 0;
}
