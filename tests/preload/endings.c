/* How programs end that do not just return from main: endings WORD ARGUMENTS. Each holds some
 * memory and leaves with STATUS; run by test_endings.py.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define STATUS 7
#define NOBODY 65534
#define MIB    (1 << 20)

static void *volatile kept; /* volatile: the compiler shall leave no call out */

static void *hold(size_t size)
{
    kept = malloc(size);
    if (!kept)
        abort();
    memset(kept, 1, size);
    return kept;
}

static void must(int result)
{
    if (result < 0) {
        perror("endings");
        _exit(1);
    }
}

static int status_of(pid_t pid)
{
    int status;
    if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
        return -1;
    return WEXITSTATUS(status);
}

static int simple(char **arguments)
{
    (void)arguments;
    hold(1000);
    return STATUS;
}

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
static int on_alternate_stack(char **arguments)
{
    (void)arguments;
    stack_t stack = {.ss_sp = make_stack(8192), .ss_size = 8192};
    struct sigaction action = {.sa_handler = leave_in_handler, .sa_flags = SA_ONSTACK};
    must(sigaltstack(&stack, NULL));
    must(sigaction(SIGSEGV, &action, NULL));
    hold(1000);
    *(volatile int *)(make_stack(4096) - 8) = 1;
    return 1;
}

static void *leave_thread(void *arg)
{
    (void)arg;
    exit(STATUS);
}

static int from_small_thread(char **arguments)
{
    (void)arguments;
    pthread_attr_t attr;
    pthread_t thread;
    pthread_attr_init(&attr);
    if (pthread_attr_setstacksize(&attr, 16384) != 0)
        return 1;
    hold(1000);
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

static int while_cancelled(char **arguments)
{
    (void)arguments;
    pthread_t thread;
    hold(1000);
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

static int after_the_first_thread(char **arguments)
{
    (void)arguments;
    pthread_t thread;
    hold(1000);
    first = pthread_self();
    if (pthread_create(&thread, NULL, leave_last, NULL) != 0)
        return 1;
    pthread_exit(NULL);
}

/* ---- under a filter of system calls ---- */

/* Kills for any call but, or if `allow` is false for any of, those in the list. */
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
    must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    must(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program));
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

static int without_opening(char **arguments)
{
    (void)arguments;
    hold(1000);
    forbid_opening();
    return STATUS;
}

static int fork_without_opening(char **arguments)
{
    (void)arguments;
    hold(1000);
    forbid_opening();
    pid_t pid = fork();
    if (pid == 0)
        _exit(STATUS);
    return status_of(pid) == STATUS ? STATUS : 1;
}

/* As a worker that has only to compute. */
static int with_hardly_any_call(char **arguments)
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
    hold(1000);
    filter(calls, sizeof calls / sizeof *calls, true);
    _exit(STATUS);
}

/* ---- as daemons ---- */

static void wait_for(const char *file)
{
    for (int i = 0; i < 2000 && access(file, F_OK) != 0; i++)
        usleep(10000);
}

static void detach(void)
{
    int null = open("/dev/null", O_RDWR);
    must(null);
    must(setsid());
    for (int fd = 0; fd < 3; fd++)
        must(dup2(null, fd));
    if (null > 2)
        close(null);
}

/* Ends when the file is there. */
static int as_daemon(char **arguments)
{
    hold(1000);
    pid_t pid = fork();
    must(pid);
    if (pid > 0)
        _exit(STATUS);
    detach();
    wait_for(arguments[0]);
    return STATUS;
}

/* Closes what it has, and opens the file under all those numbers. */
static int with_own_files(char **arguments)
{
    hold(1000);
    for (int fd = 0; fd < 1000; fd++)
        close(fd);
    for (int fd = 0; fd < 200; fd++)
        if (open(arguments[0], O_RDWR | O_CREAT, 0600) != fd)
            return 1;
    return STATUS;
}

/* ---- elsewhere, as somebody else ---- */

static int after_rename(char **arguments)
{
    hold(1000);
    must(rename(arguments[0], arguments[1]));
    return STATUS;
}

static int after_unlink(char **arguments)
{
    hold(1000);
    must(unlink(arguments[0]));
    return STATUS;
}

static void become_nobody(void)
{
    must(setgroups(0, NULL));
    must(setgid(NOBODY));
    must(setuid(NOBODY));
}

static int without_privileges(char **arguments)
{
    (void)arguments;
    hold(1000);
    become_nobody();
    return STATUS;
}

static int in_other_root(char **arguments)
{
    hold(1000);
    must(chroot(arguments[0]));
    must(chdir("/"));
    return STATUS;
}

/* A server: its first worker is forked before it gives up its privileges, its second after. */
static int with_workers(char **arguments)
{
    (void)arguments;
    hold(1000);
    for (int i = 0; i < 2; i++) {
        pid_t pid = fork();
        must(pid);
        if (pid == 0) {
            if (i == 0)
                become_nobody();
            hold(1000);
            _exit(STATUS);
        }
        if (status_of(pid) != STATUS)
            return 1;
        if (i == 0)
            become_nobody();
    }
    return STATUS;
}

/* ---- writing where it should not ---- */

static int in_background(char **arguments)
{
    (void)arguments;
    struct termios modes;
    must(tcgetattr(0, &modes));
    modes.c_lflag |= TOSTOP;
    must(tcsetattr(0, TCSANOW, &modes));
    pid_t pid = fork();
    must(pid);
    if (pid == 0) {
        must(setpgid(0, 0));
        hold(1000);
        exit(STATUS);
    }
    int status;
    must(waitpid(pid, &status, WUNTRACED));
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

/* Leaves no room in the pipe, which is never read. */
static int with_full_pipe(char **arguments)
{
    (void)arguments;
    static char page[4096];
    must(fcntl(2, F_SETFL, O_NONBLOCK));
    while (write(2, page, sizeof page) > 0) {
    }
    must(fcntl(2, F_SETFL, 0));
    hold(1000);
    return STATUS;
}

/* ---- under another name ---- */

extern char **environ;

static char **words;

static int with_other_title(char **arguments)
{
    (void)arguments;
    hold(1000);
    char *end = words[0];
    for (char **word = words; *word; word++)
        end = *word + strlen(*word);
    for (char **word = environ; *word; word++)
        end = *word + strlen(*word);
    memset(words[0], 0, (size_t)(end - words[0]));
    strcpy(words[0], "a title");
    program_invocation_short_name = words[0];
    return STATUS;
}

/* ---- with a peak ---- */

enum { THREADS = 200, EACH = 20000 };
static pthread_barrier_t all_hold, all_free;

static void *hold_little(void *arg)
{
    (void)arg;
    void *volatile block = malloc(EACH);
    pthread_barrier_wait(&all_hold);
    pthread_barrier_wait(&all_free);
    free(block);
    return NULL;
}

static int after_many_threads(char **arguments)
{
    (void)arguments;
    pthread_t threads[THREADS];
    pthread_barrier_init(&all_hold, NULL, THREADS);
    pthread_barrier_init(&all_free, NULL, THREADS);
    for (int i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, hold_little, NULL) != 0)
            return 1;
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    return STATUS;
}

/* Has held 20 MiB, holds 1 when it forks; the child holds 3 at most. */
static int after_peak_of_parent(char **arguments)
{
    (void)arguments;
    free(hold(20 * MIB));
    hold(MIB);
    pid_t pid = fork();
    must(pid);
    if (pid == 0) {
        free(hold(2 * MIB));
        _exit(STATUS);
    }
    return status_of(pid) == STATUS ? STATUS : 1;
}

/* ---- with what it has been given ---- */

/* Prints the descriptors that it has but for the first three. */
static int telling_its_files(char **arguments)
{
    (void)arguments;
    DIR *directory = opendir("/proc/self/fd");
    if (!directory)
        return 1;
    for (struct dirent *entry; (entry = readdir(directory));) {
        int fd = atoi(entry->d_name);
        if (fd > 2 && fd != dirfd(directory))
            printf("%d%s\n", fd, fcntl(fd, F_GETFD) & FD_CLOEXEC ? "" : " inherited");
    }
    closedir(directory);
    fflush(stdout);
    return STATUS;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(char **arguments);
    } endings[] = {
        {"simple", simple},
        {"alternate-stack", on_alternate_stack},
        {"small-thread", from_small_thread},
        {"cancelled", while_cancelled},
        {"last-thread", after_the_first_thread},
        {"no-opening", without_opening},
        {"no-opening-fork", fork_without_opening},
        {"hardly-any-call", with_hardly_any_call},
        {"daemon", as_daemon},
        {"own-files", with_own_files},
        {"rename", after_rename},
        {"unlink", after_unlink},
        {"nobody", without_privileges},
        {"chroot", in_other_root},
        {"workers", with_workers},
        {"background", in_background},
        {"full-pipe", with_full_pipe},
        {"title", with_other_title},
        {"threads", after_many_threads},
        {"peak-of-parent", after_peak_of_parent},
        {"files", telling_its_files},
    };
    words = argv;
    for (size_t i = 0; argc > 1 && i < sizeof endings / sizeof *endings; i++)
        if (strcmp(argv[1], endings[i].name) == 0)
            return endings[i].run(argv + 2);
    fprintf(stderr, "%s: no such ending\n", argv[0]);
    return 2;
}
