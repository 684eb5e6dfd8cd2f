/* The allocators in this program, and the same work under each of them.
 *
 *     cc backends.c $(pkg-config --cflags --libs zmalloc) -o backends
 *     ./backends                              # which are there, which one runs
 *     ZMALLOC_BACKEND=mimalloc ./backends
 *     ./backends all                          # itself under each, in a process of its own
 *
 * The choice is made before the first allocation and for good, so to have another is to start
 * another process.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <zmalloc.h>

#define BLOCKS 20000

static double milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void work(void)
{
    static void *blocks[BLOCKS];
    double start = milliseconds();
    srand(1);
    for (int i = 0; i < 50 * BLOCKS; i++) {
        size_t slot = (size_t)(rand() % BLOCKS), size = (size_t)(rand() % 1000);
        zfree(blocks[slot]);
        blocks[slot] = memset(zmalloc(size), 1, size);
    }
    printf("%-24s %8.1f ms  used %6zu KiB  rss %6zu KiB\n", ZMALLOC_LIB, milliseconds() - start,
           zmalloc_used_memory() / 1024, zmalloc_get_rss() / 1024);
    for (int i = 0; i < BLOCKS; i++)
        zfree(blocks[i]);
}

static int list(void)
{
    struct zmalloc_backend_info info = {.struct_size = sizeof info};
    const char *running = zmalloc_backend_name();
    for (size_t i = 0; i < zmalloc_backend_count(); i++) {
        if (zmalloc_backend_describe(i, &info) != 0)
            return 1;
        printf("%c %-18s %-8s", strcmp(info.name, running) == 0 ? '*' : ' ', info.name,
               info.version);
        for (unsigned bit = 0; bit < 32; bit++) {
            const char *word = zmalloc_capability_name(info.caps & UINT32_C(1) << bit);
            if (word)
                printf(" %s", word);
        }
        printf("%s\n", info.is_default ? "  (the default)" : "");
    }
    return 0;
}

static int under(const char *program, const char *backend)
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        setenv("ZMALLOC_BACKEND", backend, 1);
        execl(program, program, "work", (char *)NULL);
        perror(program);
        _exit(127);
    }
    int status;
    return child < 0 || waitpid(child, &status, 0) != child || status != 0;
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "list";
    if (strcmp(what, "list") == 0)
        return list();
    if (strcmp(what, "work") == 0) {
        work();
        return zmalloc_used_memory() != 0;
    }
    if (strcmp(what, "all") != 0) {
        fprintf(stderr, "usage: backends [list | work | all]\n");
        return 2;
    }
    int failed = 0;
    struct zmalloc_backend_info info = {.struct_size = sizeof info};
    for (size_t i = 0; i < zmalloc_backend_count(); i++) {
        zmalloc_backend_describe(i, &info);
        failed |= under(argv[0], info.name);
    }
    return failed;
}
