/* guard's reports: by write alone, and in the handler of the signal that a guard page raises.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#ifdef __linux__
#    include <sys/auxv.h>
#    include <sys/syscall.h>
#endif
#if defined(__linux__) && defined(__x86_64__)
#    include <ucontext.h>
#endif
#include <unistd.h>
#ifdef ZM_UNWIND
#    include <unwind.h>
#endif

#include "base/failure.h"
#include "base/line.h"
#include "base/quiet.h"
#include "guard.h"

static size_t page_size;
static unsigned frames_wanted;

/* ---- who ---- */

static int64_t this_thread(void)
{
#ifdef SYS_gettid
    return syscall(SYS_gettid);
#else
    return (int64_t)(intptr_t)pthread_self();
#endif
}

#ifdef ZM_UNWIND
static _Unwind_Reason_Code take_frame(struct _Unwind_Context *context, void *arg)
{
    struct zm_guard_site *site = arg;
    uintptr_t at = _Unwind_GetIP(context);
    if (!at || site->frames == frames_wanted)
        return _URC_END_OF_STACK;
    site->frame[site->frames++] = at;
    return _URC_NO_REASON;
}
#endif

void zm_guard_note(struct zm_guard_site *site)
{
    site->thread = this_thread();
    site->frames = 0;
#ifdef ZM_UNWIND
    if (frames_wanted)
        _Unwind_Backtrace(take_frame, site);
#endif
}

/* ---- words ---- */

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* "function+0x12" or "program+0x1234", for addr2line. */
static void add_frame(struct zm_line *t, const Dl_info *info, uintptr_t at)
{
    zm_line_add(t, "\n    ");
    if (!info->dli_fname) {
        zm_line_hex(t, at);
        return;
    }
    zm_line_add(t, base_name(info->dli_fname));
    zm_line_add(t, "+");
    zm_line_hex(t, at - (uintptr_t)info->dli_fbase);
    if (info->dli_sname) {
        zm_line_add(t, " (");
        zm_line_add(t, info->dli_sname);
        zm_line_add(t, ")");
    }
}

/* Our own frames tell nothing, where they are not in the program's own file. */
static const void *own_library(void)
{
    Dl_info own, program;
    if (!dladdr((void *)(uintptr_t)zm_guard_note, &own))
        return NULL;
#ifdef __linux__
    if (dladdr((void *)getauxval(AT_ENTRY), &program) && program.dli_fbase == own.dli_fbase)
        return NULL;
    return own.dli_fbase;
#else
    (void)program;
    return NULL;
#endif
}

static void add_site(struct zm_line *t, const char *what, const struct zm_guard_site *site)
{
    const void *own = own_library();
    bool inside = own != NULL;
    zm_line_add(t, "\n  ");
    zm_line_add(t, what);
    zm_line_add(t, " by thread ");
    zm_line_decimal(t, (uint64_t)site->thread);
    for (uint32_t i = 0; i < site->frames; i++) {
        Dl_info info;
        if (!dladdr((void *)site->frame[i], &info))
            info = (Dl_info){.dli_fname = NULL};
        inside = inside && info.dli_fbase == own;
        if (!inside)
            add_frame(t, &info, site->frame[i]);
    }
}

static void add_distance(struct zm_line *t, const void *ptr, const struct zm_guard_block *block)
{
    uintptr_t at = (uintptr_t)ptr, from = (uintptr_t)block->ptr, to = from + block->size;
    if (at == from)
        return;
    zm_line_add(t, "; ");
    zm_line_hex(t, at);
    zm_line_add(t, " is ");
    zm_line_decimal(t, at < from ? from - at : at < to ? at - from : at - to);
    zm_line_add(t, at < from ? " bytes before it"
                   : at < to ? " bytes into it"
                             : " bytes after its end");
}

static void add_block(struct zm_line *t, const void *ptr, const struct zm_guard_block *block)
{
    zm_line_add(t, "\n  block ");
    zm_line_hex(t, (uintptr_t)block->ptr);
    zm_line_add(t, " of ");
    zm_line_decimal(t, block->size);
    zm_line_add(t, block->freed ? " bytes, freed" : " bytes");
    add_distance(t, ptr, block);
    add_site(t, "allocated", &block->allocated);
    if (block->freed)
        add_site(t, "freed", &block->released);
}

/* ---- misuse found in a call ---- */

static _Noreturn void die(const char *what, const void *ptr, const char *words, const char *figure,
                          const struct zm_guard_block *block)
{
    static char bytes[8192]; /* not on the stack: that may be a handler's, and small */
    static atomic_flag dying = ATOMIC_FLAG_INIT;
    if (atomic_flag_test_and_set(&dying)) {
        sleep(1); /* the thread that is writing ends the process */
        abort();
    }
    struct zm_line t = ZM_LINE(bytes);
    struct zm_guard_site here;
    zm_line_add(&t, "zmalloc guard: ");
    zm_line_add(&t, what);
    zm_line_add(&t, " ");
    zm_line_hex(&t, (uintptr_t)ptr);
    zm_line_add(&t, words);
    zm_line_add(&t, figure);
    if (!block)
        block = zm_guard_around(ptr, page_size);
    if (block)
        add_block(&t, ptr, block);
    zm_guard_note(&here);
    add_site(&t, "found", &here);
    zm_line_add(&t, "\n");
    (void)zm_write_quietly(STDERR_FILENO, t.bytes, t.length);
    abort();
}

void zm_guard_dies(const char *what, const void *ptr, const struct zm_guard_block *block)
{
    die(what, ptr, "", "", block);
}

void zm_guard_dies_of(const char *what, const void *ptr, const char *words, uint64_t n,
                      const struct zm_guard_block *block)
{
    char digits[ZM_DECIMAL_MAX];
    die(what, ptr, words, zm_decimal(digits, n), block);
}

/* ---- misuse found by the processor ---- */

static struct sigaction before[2];
static const int signals[2] = {SIGSEGV, SIGBUS};
static atomic_flag reported = ATOMIC_FLAG_INIT;

/* Whether it was a write; the error code of x86 tells. */
static const char *access_word(const void *context)
{
#if defined(__linux__) && defined(__x86_64__)
    const ucontext_t *c = context;
    return c->uc_mcontext.gregs[REG_ERR] & 2 ? "write" : "read";
#else
    (void)context;
    return "access";
#endif
}

static void report_fault(const void *address, const void *context,
                         const struct zm_guard_block *block)
{
    static char bytes[8192];
    struct zm_line t = ZM_LINE(bytes);
    struct zm_guard_site here;
    zm_line_add(&t, "zmalloc guard: ");
    zm_line_add(&t, access_word(context));
    zm_line_add(&t, block->freed ? " after free at " : " past the end at ");
    zm_line_hex(&t, (uintptr_t)address);
    add_block(&t, address, block);
    zm_guard_note(&here);
    add_site(&t, "found", &here);
    zm_line_add(&t, "\n");
    (void)zm_write_quietly(STDERR_FILENO, t.bytes, t.length);
}

/* The signal comes again when the handler has returned, and finds the program's own action: death,
 * with a core file of the very instruction, unless it has set another. */
static void on_fault(int number, siginfo_t *info, void *context)
{
    int saved_errno = errno;
    const struct zm_guard_block *block = zm_guard_around(info->si_addr, page_size);
    if (block && !atomic_flag_test_and_set(&reported))
        report_fault(info->si_addr, context, block);
    sigaction(number, &before[number == SIGBUS], NULL);
    errno = saved_errno;
}

void zm_guard_report_start(size_t page, unsigned frames)
{
    page_size = page;
    frames_wanted = frames;
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    for (int i = 0; i < 2; i++)
        sigaction(signals[i], &action, &before[i]);
}
