/* guard's signals: those that a page raises which nobody may touch.
 *
 * What comes of a signal is what would without guard: it is passed on to the action that the
 * program had when guard started. guard only reports first, if it is a fault in one of its blocks.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>
#ifdef __linux__
#    include <sys/syscall.h>
#endif
#if defined(__linux__) && defined(__x86_64__)
#    include <ucontext.h>
#endif

#include "guard.h"

static size_t page_size;
static const int signals[2] = {SIGSEGV, SIGBUS};
static struct sigaction before[2]; /* the program's own actions when guard started */

static struct sigaction *own_action(int number)
{
    return &before[number == SIGBUS];
}

static bool has_handler(const struct sigaction *action)
{
    return action->sa_flags & SA_SIGINFO ||
           (action->sa_handler != SIG_DFL && action->sa_handler != SIG_IGN);
}

/* ---- what kind of signal ---- */

/* By kill, tgkill, sigqueue or a timer: then there is no address either. */
static bool is_sent(const siginfo_t *info)
{
#ifdef __linux__
    return info->si_code <= 0;
#else
    return info->si_code == SI_USER || info->si_code == SI_QUEUE || info->si_code == SI_TIMER;
#endif
}

/* Whether the instruction raises the signal again when it is tried again. */
static bool comes_again(int number, const siginfo_t *info)
{
#ifdef BUS_MCEERR_AO
    if (number == SIGBUS && info->si_code == BUS_MCEERR_AO)
        return false; /* memory that has failed, but not under this instruction */
#endif
#ifdef SEGV_MTEAERR
    if (number == SIGSEGV && info->si_code == SEGV_MTEAERR)
        return false; /* a wrong tag, told some instructions later */
#endif
    (void)number;
    return !is_sent(info);
}

static const char *what_was_done(const void *context, bool freed)
{
#if defined(__linux__) && defined(__x86_64__)
    const ucontext_t *c = context; /* the error code of x86 tells whether it was a write */
    if (c->uc_mcontext.gregs[REG_ERR] & 2)
        return freed ? "write after free at" : "write past the end at";
    return freed ? "read after free at" : "read past the end at";
#else
    (void)context;
    return freed ? "access after free at" : "access past the end at";
#endif
}

/* ---- the program's own action ---- */

static void call_handler(struct sigaction *own, int number, siginfo_t *info, void *context)
{
    struct sigaction action = *own;
    if (own->sa_flags & (int)SA_RESETHAND)
        *own = (struct sigaction){.sa_handler = SIG_DFL};
    if (action.sa_flags & SA_SIGINFO)
        action.sa_sigaction(number, info, context);
    else
        action.sa_handler(number);
}

/* The same signal again, to this thread: it comes when the handler has returned. */
static void send_again(int number, siginfo_t *info)
{
#ifdef __linux__
    if (syscall(SYS_rt_tgsigqueueinfo, getpid(), (pid_t)syscall(SYS_gettid), number, info) == 0)
        return;
#endif
    (void)info;
    pthread_kill(pthread_self(), number);
}

static void pass_on(int number, siginfo_t *info, void *context)
{
    struct sigaction *own = own_action(number);
    if (has_handler(own)) {
        call_handler(own, number, info, context);
    } else if (own->sa_handler == SIG_DFL) {
        sigaction(number, own, NULL);
        send_again(number, info);
    }
}

static void report(const siginfo_t *info, const void *context)
{
    const struct zm_guard_block *block = zm_guard_around(info->si_addr, page_size);
    if (block)
        zm_guard_report(what_was_done(context, block->freed), info->si_addr, "", "", block);
}

/* ---- guard's action ---- */

/* A fault comes again when the handler has returned, and then finds the program's own action:
 * death, with a core file of the very instruction, unless it has set another. */
static void on_signal(int number, siginfo_t *info, void *context)
{
    int saved_errno = errno;
    if (comes_again(number, info)) {
        report(info, context);
        sigaction(number, own_action(number), NULL);
    } else {
        pass_on(number, info, context);
    }
    errno = saved_errno;
}

/* A handler that the program already has is called from ours: so ours is entered as it would be. */
static void catch_signal(int number)
{
    struct sigaction *own = own_action(number);
    struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    if (sigaction(number, NULL, own) == 0 && has_handler(own)) {
        action.sa_flags = SA_SIGINFO | (own->sa_flags & (SA_ONSTACK | SA_RESTART | SA_NODEFER));
        action.sa_mask = own->sa_mask;
    }
    sigaction(number, &action, NULL);
}

void zm_guard_signals_start(size_t page)
{
    page_size = page;
    for (int i = 0; i < 2; i++)
        catch_signal(signals[i]);
}
