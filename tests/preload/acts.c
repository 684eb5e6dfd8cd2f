/* What a program may do that a report at exit has to bear; run by test_stats.py.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define STATUS 7 /* of whoever has done what he should */
#define BLOCKS 1000
#define SIZE   1000

extern char **environ;

/* BLOCKS blocks of SIZE bytes, of which half are freed. */
static int allocate(char **arguments)
{
    (void)arguments;
    for (int i = 0; i < BLOCKS; i++) {
        char *block = malloc(SIZE);
        if (!block)
            return 1;
        block[0] = 1;
        if (i % 2)
            free(block);
    }
    return STATUS;
}

static int status_of(pid_t pid)
{
    int status;
    if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
        return -1;
    return WEXITSTATUS(status);
}

static int by_vfork(char **arguments)
{
    (void)arguments;
    pid_t pid = vfork();
    if (pid == 0)
        _exit(3);
    return status_of(pid) == 3 ? STATUS : 1;
}

static int spawn(char **arguments, char **environment)
{
    pid_t pid;
    if (posix_spawn(&pid, arguments[0], NULL, NULL, arguments, environment) != 0)
        return 1;
    return status_of(pid) == STATUS ? STATUS : 1;
}

static int by_spawn(char **arguments)
{
    return spawn(arguments, environ);
}

static int by_spawn_of_nothing(char **arguments)
{
    (void)arguments;
    pid_t pid;
    char *nothing[] = {(char *)"/nonexistent/program", NULL};
    return posix_spawn(&pid, nothing[0], NULL, NULL, nothing, environ) == ENOENT ? STATUS : 1;
}

static int by_spawn_without_environment(char **arguments)
{
    return spawn(arguments, (char *[]){NULL});
}

static int by_exec_without_environment(char **arguments)
{
    allocate(NULL);
    execve(arguments[0], arguments, (char *[]){NULL});
    return 1;
}

/* Three children, leaving by exit, _exit and _Exit; the figures of each hold their parent's. */
static int by_fork(char **arguments)
{
    allocate(NULL);
    for (int n = 0; n < 3; n++) {
        pid_t pid = fork();
        if (pid == 0) {
            int status = allocate(arguments);
            if (n == 0)
                exit(status);
            if (n == 1)
                _exit(status);
            _Exit(status);
        }
        if (status_of(pid) != STATUS)
            return 1;
    }
    return STATUS;
}

static int leave_at_once(char **arguments)
{
    _exit(allocate(arguments));
}

static int leave_quickly(char **arguments)
{
    quick_exit(allocate(arguments));
}

static int change_directory(char **arguments)
{
    allocate(NULL);
    return chdir(arguments[0]) == 0 ? STATUS : 1;
}

static int clear_environment(char **arguments)
{
    for (char **variable = environ; *variable; variable++)
        memset(*variable, 0, strlen(*variable));
    clearenv();
    return allocate(arguments);
}

/* Closes every file and opens the named one until there are many, as 2 and as 100 too: what it has
 * in there is nobody else's to write to. */
static int own_files(char **arguments)
{
    allocate(NULL);
    for (int fd = 0; fd < 1000; fd++)
        close(fd);
    for (int fd = 0; fd < 200; fd++)
        if (open(arguments[0], O_RDWR | O_CREAT | O_APPEND, 0600) != fd)
            return 1;
    return STATUS;
}

/* As GNU programs do, in an atexit handler; so that destructors find it closed. */
static void close_stderr(void)
{
    fclose(stderr);
}

static int close_standard_error(char **arguments)
{
    atexit(close_stderr);
    return allocate(arguments);
}

/* Nothing is closed here: the files were, before it was started. */
static int first_files(char **arguments)
{
    int fd = -1;
    while (fd < 2) {
        fd = open(arguments[0], O_RDWR | O_CREAT | O_APPEND, 0600);
        if (fd < 0)
            return 1;
    }
    return allocate(arguments);
}

/* Ends by the signal, which does what it does by default. */
static int end_by_signal(char **arguments)
{
    allocate(NULL);
    raise(atoi(arguments[0]));
    return 1;
}

static void leave(int number)
{
    _exit(number == SIGTERM ? STATUS : 1);
}

static int handle_signal(char **arguments)
{
    signal(SIGTERM, leave);
    allocate(arguments);
    raise(SIGTERM);
    return 1;
}

static int ignore_signal(char **arguments)
{
    signal(SIGTERM, SIG_IGN);
    raise(SIGTERM);
    return allocate(arguments);
}

/* All ways to ask for a handler tell of the default, and to set that brings it back. */
static int set_signals(char **arguments)
{
    static void (*(*const ways[])(int, void (*)(int)))(int) = {signal, ssignal, sysv_signal};
    for (size_t i = 0; i < 3; i++) {
        struct sigaction now;
        if (ways[i](SIGINT, leave) != SIG_DFL || ways[i](SIGINT, SIG_IGN) != leave ||
            ways[i](SIGINT, SIG_DFL) != SIG_IGN || sigaction(SIGINT, NULL, &now) != 0 ||
            now.sa_handler != SIG_DFL || now.sa_flags || sigismember(&now.sa_mask, SIGTERM) ||
            signal(SIGSEGV, leave) == SIG_ERR || signal(SIGSEGV, SIG_DFL) != leave)
            return 1;
    }
    (void)arguments;
    return end_by_signal((char *[]){"2"});
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*act)(char **arguments);
    } acts[] = {
        {"allocate", allocate},
        {"vfork", by_vfork},
        {"spawn", by_spawn},
        {"spawn-nothing", by_spawn_of_nothing},
        {"spawn-bare", by_spawn_without_environment},
        {"exec-bare", by_exec_without_environment},
        {"fork", by_fork},
        {"leave", leave_at_once},
        {"leave-quickly", leave_quickly},
        {"chdir", change_directory},
        {"clearenv", clear_environment},
        {"own-files", own_files},
        {"close-stderr", close_standard_error},
        {"first-files", first_files},
        {"signal", end_by_signal},
        {"handle", handle_signal},
        {"ignore", ignore_signal},
        {"set-signals", set_signals},
    };
    for (size_t i = 0; argc > 1 && i < sizeof acts / sizeof *acts; i++)
        if (strcmp(argv[1], acts[i].name) == 0)
            return acts[i].act(argv + 2);
    fprintf(stderr, "%s: no such act\n", argv[0]);
    return 2;
}
