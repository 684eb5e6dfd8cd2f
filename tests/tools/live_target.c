/* A program whose account is read from outside: prints what it knows of it itself, a line for each
 * line that it reads.
 *
 * usage: live-target THREADS [fork | clone | publish]
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <pthread.h>
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

/* Half of what it allocates stays; half of the threads do. */
static void *allocate(void *arg)
{
    for (int i = 0; i < 2000; i++) {
        void *block = zmalloc(100 + (size_t)i % 1000);
        if (i % 2)
            zfree(block);
    }
    if ((size_t)arg % 2)
        return NULL;
    pthread_barrier_wait(&allocated);
    for (;;)
        pause();
}

static void tell(void)
{
    struct zmalloc_stats stats = {.struct_size = sizeof stats};
    zmalloc_get_stats(&stats);
    printf("{\"pid\": %ld, \"used_bytes\": %llu, \"allocated_bytes\": %llu, \"allocs\": %llu, "
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
    } else if (argc > 2) {
        pid_t pid =
            strcmp(argv[2], "fork") == 0 ? fork() : (pid_t)syscall(SYS_clone, 17, 0, 0, 0, 0);
        if (pid != 0)
            return waitpid(pid, NULL, 0) == pid ? 0 : 1;
        zmalloc(100000);
    }
    answer();
    return 0;
}
