/* Preloaded beside the library: says in whose code a program dies, innermost call first.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <dlfcn.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>
#include <unwind.h>

static void say(const char *text)
{
    if (write(STDERR_FILENO, text, strlen(text)) < 0)
        _exit(99);
}

static _Unwind_Reason_Code say_object(struct _Unwind_Context *context, void *arg)
{
    Dl_info info;
    (void)arg;
    if (dladdr((void *)_Unwind_GetIP(context), &info) && info.dli_fname) {
        say(" ");
        say(info.dli_fname);
    }
    return _URC_NO_REASON;
}

static void die(int number)
{
    signal(number, SIG_DFL);
    say("\ndied in:");
    _Unwind_Backtrace(say_object, NULL);
    say("\n");
    raise(number);
}

__attribute__((constructor)) static void watch(void)
{
    static const int deadly[] = {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV};
    for (size_t i = 0; i < sizeof deadly / sizeof *deadly; i++)
        signal(deadly[i], die);
}
