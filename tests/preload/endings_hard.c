/* Endings with little stack, by threads, under filters of system calls.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "endings.h"

/* ---- on little stack ---- */

static void leave_in_handler(int number)
{
    (void)number;
    _exit(STATUS);
}

/* Pages that may not be touched lie below. */
static char *make_stack(size_t size)
{
    size_t fence = 1 << 16;
    char *pages = mmap(NULL, fence + size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED || mprotect(pages + fence, size, PROT_READ | PROT_WRITE) != 0)
        abort();
    return pages + fence;
}

/* 8 KiB: what SIGSTKSZ was for decades. */
int zm_on_alternate_stack(char **arguments)
{
    (void)arguments;
    stack_t stack = {.ss_sp = make_stack(8192), .ss_size = 8192};
    struct sigaction action = {.sa_handler = leave_in_handler, .sa_flags = SA_ONSTACK};
    zm_must(sigaltstack(&stack, NULL));
    zm_must(sigaction(SIGSEGV, &action, NULL));
    zm_hold(1000);
    *(volatile int *)(make_stack(4096) - 8) = 1;
    return 1;
}

static void *leave_thread(void *arg)
{
    (void)arg;
    exit(STATUS);
}

int zm_from_small_thread(char **arguments)
{
    (void)arguments;
    pthread_attr_t attr;
    pthread_t thread;
    pthread_attr_init(&attr);
    if (pthread_attr_setstacksize(&attr, 16384) != 0)
        return 1;
    zm_hold(1000);
    if (pthread_create(&thread, &attr, leave_thread, NULL) != 0)
        return 1;
    pthread_join(thread, NULL);
    return 1;
}

/* ---- by threads ---- */

static void *leave_cancelled(void *arg)
{
    (void)arg;
    pthread_cancel(pthread_self());
    exit(STATUS);
}

int zm_while_cancelled(char **arguments)
{
    (void)arguments;
    pthread_t thread;
    zm_hold(1000);
    if (pthread_create(&thread, NULL, leave_cancelled, NULL) != 0)
        return 1;
    pthread_join(thread, NULL);
    return 1;
}

static pthread_t first;

static void *leave_last(void *arg)
{
    (void)arg;
    pthread_join(first, NULL);
    exit(STATUS);
}

int zm_after_the_first_thread(char **arguments)
{
    (void)arguments;
    pthread_t thread;
    zm_hold(1000);
    first = pthread_self();
    if (pthread_create(&thread, NULL, leave_last, NULL) != 0)
        return 1;
    pthread_exit(NULL);
}

/* ---- under a filter of system calls ---- */

/* Lets the listed calls through and kills for all others; or the other way round. */
static void filter(const int *calls, size_t count, bool allow)
{
    struct sock_filter code[64];
    unsigned short n = 0;
    unsigned listed = allow ? SECCOMP_RET_ALLOW : SECCOMP_RET_KILL_PROCESS;
    unsigned others = allow ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_ALLOW;
    code[n++] =
        (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (size_t i = 0; i < count; i++) {
        code[n++] =
            (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)calls[i], 0, 1);
        code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, listed);
    }
    code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, others);
    struct sock_fprog program = {.len = n, .filter = code};
    zm_must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    zm_must(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program));
}

static void forbid_opening(void)
{
    static const int calls[] = {
        SYS_openat,
#ifdef SYS_open
        SYS_open,
        SYS_creat,
#endif
#ifdef SYS_openat2
        SYS_openat2,
#endif
    };
    filter(calls, sizeof calls / sizeof *calls, false);
}

int zm_without_opening(char **arguments)
{
    (void)arguments;
    zm_hold(1000);
    forbid_opening();
    return STATUS;
}

int zm_fork_without_opening(char **arguments)
{
    (void)arguments;
    zm_hold(1000);
    forbid_opening();
    pid_t pid = fork();
    if (pid == 0)
        _exit(STATUS);
    return zm_status_of(pid) == STATUS ? STATUS : 1;
}

/* As a worker that has only to compute. */
int zm_with_hardly_any_call(char **arguments)
{
    static const int calls[] = {
        SYS_read,         SYS_write,  SYS_fstat, SYS_rt_sigprocmask,
        SYS_rt_sigreturn, SYS_getpid, SYS_exit,  SYS_exit_group,
#ifdef SYS_newfstatat
        SYS_newfstatat,
#endif
#ifdef SYS_poll
        SYS_poll,
#endif
        SYS_ppoll,
    };
    (void)arguments;
    zm_hold(1000);
    filter(calls, sizeof calls / sizeof *calls, true);
    _exit(STATUS);
}
