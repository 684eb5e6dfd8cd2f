/* Programs that get SIGSEGV or SIGBUS by other ways than a bad access: signals NUMBER HOW ACTION.
 * What it prints, and how it ends, must be the same with guard and without; run by test_signals.py.
 *
 * HOW: kill, raise, queue, thread, timer, outside. ACTION: what the program has set before anything
 * of zmalloc runs (default, ignore, plain, info, once, restart, masks), or afterwards (late).
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zmalloc.h>

static int number;
static const char *how, *action;
static volatile sig_atomic_t calls, code, value, from_us, blocked;
static _Alignas(16) char small_stack[16384];

static bool is(const char *word, const char *wanted)
{
    return strcmp(word, wanted) == 0;
}

static void plain(int which)
{
    calls += which == number;
}

static void with_info(int which, siginfo_t *info, void *context)
{
    sigset_t mask;
    calls += which == number && context;
    if (calls > 100)
        _exit(4); /* back to a bad access, again and again */
    code = info->si_code;
    value = info->si_value.sival_int;
    from_us = info->si_pid == getpid();
    sigprocmask(SIG_BLOCK, NULL, &mask);
    blocked = sigismember(&mask, SIGUSR1) * 2 + sigismember(&mask, number);
}

static void set_action(const char *name)
{
    struct sigaction set = {.sa_handler = SIG_DFL};
    sigemptyset(&set.sa_mask);
    if (is(name, "ignore")) {
        set.sa_handler = SIG_IGN;
    } else if (is(name, "plain")) {
        set.sa_handler = plain;
    } else if (is(name, "once")) {
        set.sa_handler = plain;
        set.sa_flags = (int)SA_RESETHAND;
    } else if (is(name, "restart")) {
        set.sa_handler = plain;
        set.sa_flags = SA_RESTART;
    } else if (is(name, "masks")) {
        set.sa_sigaction = with_info;
        set.sa_flags = SA_SIGINFO | SA_NODEFER;
        sigaddset(&set.sa_mask, SIGUSR1);
    } else if (is(name, "info") || is(name, "late")) {
        set.sa_sigaction = with_info;
        set.sa_flags = SA_SIGINFO;
    }
    sigaction(number, &set, NULL);
}

/* Runs before the constructors of any library: before guard starts, whenever that is. */
static void early(int argc, char **argv)
{
    if (argc < 4)
        return;
    number = is(argv[1], "bus") ? SIGBUS : SIGSEGV;
    how = argv[2];
    action = argv[3];
    set_action(is(action, "late") ? "default" : action);
}
__attribute__((section(".preinit_array"), used)) static void (*const first)(int, char **) = early;

static void *raise_it(void *arg)
{
    pthread_kill(*(pthread_t *)arg, number);
    return NULL;
}

static void by_timer(void)
{
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = number};
    struct itimerspec soon = {.it_value = {.tv_nsec = 1000000}};
    timer_t timer;
    event.sigev_value.sival_int = 5;
    if (timer_create(CLOCK_MONOTONIC, &event, &timer) == 0 &&
        timer_settime(timer, 0, &soon, NULL) == 0)
        nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    timer_delete(timer);
}

/* A pipe that is filled by another thread after the signal: read goes on, or is interrupted. */
static int ends[2];

static void *signal_then_write(void *arg)
{
    nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    raise_it(arg);
    nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    return write(ends[1], "x", 1) == 1 ? arg : NULL;
}

static void while_reading(void)
{
    pthread_t self = pthread_self(), thread;
    char byte;
    if (pipe(ends) || pthread_create(&thread, NULL, signal_then_write, &self))
        return;
    ssize_t count = read(ends[0], &byte, 1);
    printf("read: %s\n", count == 1 ? "a byte" : errno == EINTR ? "interrupted" : "nothing");
    pthread_join(thread, NULL);
}

static void send(void)
{
    pthread_t self = pthread_self(), thread;
    if (is(how, "kill")) {
        kill(getpid(), number);
    } else if (is(how, "raise")) {
        raise(number);
    } else if (is(how, "queue")) {
        sigqueue(getpid(), number, (union sigval){.sival_int = 7});
    } else if (is(how, "thread")) {
        if (pthread_create(&thread, NULL, raise_it, &self) == 0)
            pthread_join(thread, NULL);
    } else if (is(how, "timer")) {
        by_timer();
    } else if (is(how, "reading")) {
        while_reading();
    } else if (is(how, "outside")) {
        char byte;
        puts("ready");
        fflush(stdout);
        while (read(STDIN_FILENO, &byte, 1) != 1 && errno == EINTR) {
        } /* the other process has sent it by now */
    }
}

static void tell(void)
{
    printf("calls %d code %d value %d from us %d blocked %d\n", (int)calls, (int)code, (int)value,
           (int)from_us, (int)blocked);
    fflush(stdout);
}

/* Real misuse afterwards: guard must still be there to report it. */
static void misuse(void)
{
    char *volatile block = zmalloc(100);
    zfree(block);
    block[50] = 1;
}

int main(int argc, char **argv)
{
    stack_t alternate = {.ss_sp = small_stack, .ss_size = sizeof small_stack};
    if (argc < 4)
        return 2;
    zfree(zmalloc(100)); /* guard has started */
    if (is(action, "late"))
        set_action(action);
    if (argc > 4 && is(argv[4], "alternate") && sigaltstack(&alternate, NULL) != 0)
        return 2;
    if (!is(how, "not")) {
        send();
        tell();
        send();
        tell();
    }
    if (argc > 4)
        misuse();
    return 0;
}
