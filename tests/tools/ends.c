/* A program that allocates, waits, and ends in a way that leaves no report.
 *
 * usage: ends KIB MS kill | raw | crash | become [KIB MS HOW] | daemon KIB MS HOW | workers N
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void *volatile kept;

static void allocate(size_t kib)
{
    for (size_t i = 0; i < kib; i++) {
        char *block = malloc(1024);
        if (!block)
            abort();
        memset(block, 1, 1024);
        kept = block;
    }
}

static void wait_for(long ms)
{
    struct timespec span = {ms / 1000, ms % 1000 * 1000000};
    while (nanosleep(&span, &span) != 0)
        ;
}

/* Forks workers that do the same each, and waits until a signal comes. */
static _Noreturn void keep_workers(int count, size_t kib)
{
    for (int i = 0; i < count; i++) {
        if (fork() == 0) {
            allocate(kib);
            for (;;)
                pause();
        }
    }
    for (;;)
        pause();
}

/* Another one of the same name, with the arguments that follow. */
static void become(char **argv)
{
    char *program = argv[0];
    argv[3] = program;
    execv(program, argv + 3);
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return 2;
    size_t kib = strtoul(argv[1], NULL, 10);
    long ms = strtol(argv[2], NULL, 10);
    const char *how = argv[3];
    if (strcmp(how, "workers") == 0)
        keep_workers(atoi(argv[4]), kib);
    if (strcmp(how, "daemon") == 0) {
        if (fork() > 0)
            return 0;
        setsid();
        become(argv);
    }
    allocate(kib);
    wait_for(ms);
    if (strcmp(how, "become") == 0)
        become(argv);
    if (strcmp(how, "kill") == 0)
        raise(SIGKILL);
    if (strcmp(how, "crash") == 0)
        raise(SIGSEGV);
    for (;;)
        syscall(SYS_exit_group, 0);
}
