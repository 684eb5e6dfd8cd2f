/* A fork while another thread makes the process's first heap: the child has heaps that work,
 * whether the thread had come far enough or not.
 *
 * usage: first_fork [TRIALS]
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmalloc.h>
#include <zmalloc/heap.h>

static atomic_bool go;

static zmalloc_heap *make_heap(void)
{
    struct zmalloc_heap_options options = {.struct_size = sizeof options, .name = "first"};
    return zmalloc_heap_create(&options);
}

static void *make_first(void *unused)
{
    while (!atomic_load(&go)) {
    }
    make_heap();
    return unused;
}

static int in_child(void)
{
    zmalloc_heap *heap = make_heap();
    struct zmalloc_heap_usage usage = {.struct_size = sizeof usage};
    char *block = heap ? zmalloc_heap_malloc(heap, 1000) : NULL;
    if (!block || zmalloc_heap_of(block) != heap)
        return 1;
    zfree(block);
    if (zmalloc_heap_of(block) || zmalloc_heap_get_usage(heap, &usage) != 0 ||
        usage.used_bytes != 0)
        return 2;
    return zmalloc_heap_destroy(heap, NULL) == 0 ? 0 : 3;
}

static int status_of(pid_t pid)
{
    int status;
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        return 100;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 101;
}

/* In a process of its own, for it has a first heap once. */
static int trial(int delay)
{
    pthread_t thread;
    zfree(zmalloc(100));
    if (pthread_create(&thread, NULL, make_first, NULL) != 0)
        return 102;
    usleep(1000); /* until it is there */
    atomic_store(&go, true);
    for (volatile int i = 0; i < delay; i++) {
    }
    pid_t pid = fork();
    if (pid == 0)
        _exit(in_child());
    int status = status_of(pid);
    pthread_join(thread, NULL);
    return status;
}

int main(int argc, char **argv)
{
    int trials = argc > 1 ? atoi(argv[1]) : 1000, bad = 0;
    for (int i = 0; i < trials; i++) {
        pid_t pid = fork();
        if (pid == 0)
            _exit(trial(i * 7 % 3000));
        int status = status_of(pid);
        if (status != 0) {
            fprintf(stderr, "trial %d: %d\n", i, status);
            bad++;
        }
    }
    printf("%d trials, %d bad\n", trials, bad);
    return bad != 0;
}
