/* SIGHUP, SIGINT and SIGTERM end most servers, by a handler of the server's own or by default. In
 * the second case the account would be lost: so a handler of ours stands where the default would,
 * tells it, and has the signal do what it would have done.
 *
 * The program doesn't see that. Python, say, makes KeyboardInterrupt of SIGINT only if it finds the
 * default at its start: whoever asks is told of the default, and whoever sets the default gets our
 * handler again. A program that blocks or ignores the signal, or has a handler, is served by libc
 * alone. exec sets it back to the default, and the new program's own copy of this library begins
 * anew.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "last_words.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#ifdef __GLIBC__

#    define EXPORTED __attribute__((visibility("default")))

/* libc's own under its other names: no look-up, which could allocate. */
extern int __sigaction(int number, const struct sigaction *action, struct sigaction *old);
extern void (*bsd_signal(int number, void (*handler)(int)))(int);
extern void (*__sysv_signal(int number, void (*handler)(int)))(int);

typedef void (*handler)(int);

static void (*last_words)(void);

static void speak(int number)
{
    int saved_errno = errno;
    struct sigaction none = {.sa_handler = SIG_DFL};
    last_words();
    __sigaction(number, &none, NULL);
    raise(number); /* blocked while this runs: it ends the process when this returns */
    errno = saved_errno;
}

static bool is_heard(int number)
{
    return last_words && (number == SIGHUP || number == SIGINT || number == SIGTERM);
}

void zm_last_words(void (*say)(void))
{
    static const int numbers[] = {SIGHUP, SIGINT, SIGTERM};
    last_words = say;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct sigaction now;
        if (sigaction(numbers[i], NULL, &now) == 0 && now.sa_handler == SIG_DFL)
            sigaction(numbers[i], &now, NULL);
    }
}

/* The signals wait for each other, so that none cuts the words of another short. */
static struct sigaction speaking(void)
{
    struct sigaction action = {.sa_handler = speak, .sa_flags = SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    sigaddset(&action.sa_mask, SIGHUP);
    sigaddset(&action.sa_mask, SIGINT);
    sigaddset(&action.sa_mask, SIGTERM);
    return action;
}

EXPORTED int sigaction(int number, const struct sigaction *restrict action,
                       struct sigaction *restrict old)
{
    struct sigaction ours;
    if (action && action->sa_handler == SIG_DFL && is_heard(number)) {
        ours = speaking();
        action = &ours;
    }
    int status = __sigaction(number, action, old);
    if (status == 0 && old && old->sa_handler == speak)
        *old = (struct sigaction){.sa_handler = SIG_DFL};
    return status;
}

/* The kinds of signal() differ by flags and masks, which the default has no use for. */
static handler set(int number, handler wanted, handler (*set_in_libc)(int, handler))
{
    struct sigaction old, ours = speaking();
    if (wanted != SIG_DFL || !is_heard(number)) {
        handler before = set_in_libc(number, wanted);
        return before == speak ? SIG_DFL : before;
    }
    return sigaction(number, &ours, &old) == 0 ? old.sa_handler : SIG_ERR;
}

EXPORTED handler signal(int number, handler wanted)
{
    return set(number, wanted, bsd_signal);
}

EXPORTED handler ssignal(int number, handler wanted)
{
    return set(number, wanted, bsd_signal);
}

EXPORTED handler sysv_signal(int number, handler wanted)
{
    return set(number, wanted, __sysv_signal);
}

#else

void zm_last_words(void (*say)(void))
{
    (void)say;
}

#endif
