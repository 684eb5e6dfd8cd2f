/* guard's reports. They are made by write alone, as they may be made in a signal handler.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#ifdef __linux__
#    include <sys/auxv.h>
#    include <sys/syscall.h>
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

/* ---- the report ---- */

/* One thread reports at a time, so the text can be static: the stack may be a handler's, and small.
 */
static atomic_flag reporting = ATOMIC_FLAG_INIT;

void zm_guard_report(const char *what, const void *ptr, const char *words, const char *figure,
                     const struct zm_guard_block *block)
{
    static char bytes[8192];
    struct zm_line t = ZM_LINE(bytes);
    struct zm_guard_site here;
    if (atomic_flag_test_and_set(&reporting)) {
        sleep(1); /* the thread that is reporting ends the process */
        return;
    }
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
    atomic_flag_clear(&reporting);
}

void zm_guard_dies(const char *what, const void *ptr, const struct zm_guard_block *block)
{
    zm_guard_report(what, ptr, "", "", block);
    abort();
}

void zm_guard_dies_of(const char *what, const void *ptr, const char *words, uint64_t n,
                      const struct zm_guard_block *block)
{
    char digits[ZM_DECIMAL_MAX];
    zm_guard_report(what, ptr, words, zm_decimal(digits, n), block);
    abort();
}

void zm_guard_report_start(size_t page, unsigned frames)
{
    page_size = page;
    frames_wanted = frames;
}
