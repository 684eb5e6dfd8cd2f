/* ZMALLOC_STATS: at exit, one JSON object on one line about what this process did.
 *
 * Written by a destructor, by _exit and quick_exit for the programs (shells, forked workers) that
 * leave that way, and before a signal that asks the process to end (last_words.c): on any stack, in
 * a signal handler too, so without allocation, locks or large frames. What it needs is opened at
 * the start. Only the process that a constructor or the fork handler has seen reports: a child of
 * vfork that calls _exit shares its parent's memory, figures included.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <zmalloc.h>

#include "accounting/heaps/counts.h"
#include "accounting/heaps/table.h"
#include "accounting/sums.h"
#include "backends/wrap/wrap.h"
#include "base/compiler.h"
#include "base/failure.h"
#include "base/output.h"
#include "deepbind.h"
#include "last_words.h"
#include "own_status.h"
#include "runtime/choice.h"

#define VARIABLE "ZMALLOC_STATS"

static struct zm_output output;
static pid_t reporter; /* the process that the output belongs to */
static atomic_flag reported = ATOMIC_FLAG_INIT;
static char line[16384];
static char command[256];   /* as it was at the start: programs write over it */
static bool under_valgrind; /* it puts functions of its own in the place of ours */

/* What a forked process has from its parent, so that sums over processes count nothing twice. */
static struct zm_sums inherited;

/* No peak is above what there was in all. */
static uint64_t peak_slack(const struct zm_sums *s)
{
    uint64_t slack = zm_peak_slack(), most = s->allocated - inherited.freed;
    uint64_t rest = most > s->own_peak ? most - s->own_peak : 0;
    return slack < rest ? slack : rest;
}

static void describe_account(struct zm_line *t)
{
    struct zm_sums s;
    zm_sums_read(&s);
    zm_line_number(t, "used_bytes", s.allocated - s.freed);
    zm_line_number(t, "peak_bytes", s.own_peak);
    zm_line_number(t, "peak_slack_bytes", peak_slack(&s));
    zm_line_number(t, "allocated_bytes", s.allocated);
    zm_line_number(t, "freed_bytes", s.freed);
    zm_line_number(t, "allocs", s.allocs);
    zm_line_number(t, "frees", s.frees);
    zm_line_number(t, "inherited_used_bytes", inherited.allocated - inherited.freed);
    zm_line_number(t, "inherited_allocated_bytes", inherited.allocated);
    zm_line_number(t, "inherited_freed_bytes", inherited.freed);
    zm_line_number(t, "inherited_allocs", inherited.allocs);
    zm_line_number(t, "inherited_frees", inherited.frees);
}

static void describe_heap(struct zm_line *t, zmalloc_heap *heap)
{
    struct zm_heap_sums s;
    zm_heap_sums_read(heap, &s);
    zm_line_add(t, "{\"number\":");
    zm_line_decimal(t, heap->number);
    zm_line_number(t, "parent", heap->told.parent);
    zm_line_string(t, "name", heap->told.name);
    zm_line_string(t, "backend", heap->told.backend);
    zm_line_number(t, "used_bytes", s.allocated - s.freed);
    zm_line_number(t, "peak_bytes", s.peak);
    zm_line_number(t, "allocs", s.allocs);
    zm_line_number(t, "frees", s.frees);
    zm_line_number(t, "refused", ZM_LOAD(heap->told.refused));
    zm_line_add(t, "}");
}

/* As many as there is room for, and how many there was none for. */
static void describe_heaps(struct zm_line *t)
{
    enum { ROOM = 512 }; /* for one, and for what comes after the last */
    uint64_t shown = 0, left_out = 0;
    for (uint32_t i = 1, count = ZM_LOAD(zm_heaps_told.count); i < count; i++) {
        zmalloc_heap *heap = &zm_heap_table[i];
        if (!zm_heap_is_live(heap))
            continue;
        if (t->size - t->length < 2 * ROOM) {
            left_out++;
            continue;
        }
        zm_line_add(t, shown++ ? "," : ",\"heaps\":[");
        describe_heap(t, heap);
    }
    if (shown)
        zm_line_add(t, "]");
    if (left_out)
        zm_line_number(t, "heaps_left_out", left_out);
}

static void describe(struct zm_line *t)
{
    struct zm_own_status status;
    zm_own_status_read(&status);
    const struct zm_ops *ops = zm_running()->ops;
    zm_line_add(t, "{\"pid\":");
    zm_line_decimal(t, (uint64_t)getpid());
    zm_line_number(t, "ppid", (uint64_t)status.ppid);
    zm_line_string(t, "command", command);
    zm_line_string(t, "backend", ops->name);
    zm_line_string(t, "version", ops->version());
    if (under_valgrind)
        zm_line_string(t, "served_by", "valgrind");
    if (zm_chosen_outside()[0])
        zm_line_string(t, "choice", zm_chosen_outside());
    if (zmalloc_wraps()[0])
        zm_line_string(t, "wraps", zmalloc_wraps());
    describe_account(t);
    if (status.has_memory) {
        zm_line_number(t, "rss_bytes", status.rss);
        zm_line_number(t, "vmhwm_bytes", status.peak_rss);
    }
    describe_heaps(t);
    zm_line_add(t, "}\n");
}

static void report(void)
{
    if (!output.target[0] || getpid() != reporter || atomic_flag_test_and_set(&reported))
        return;
    /* This thread may have been cancelled. That must not keep it from ending the process. */
    int before;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
    struct zm_line t = ZM_LINE(line);
    describe(&t);
    zm_output_write(&output, VARIABLE, &t);
    pthread_setcancelstate(before, NULL);
}

static void after_fork_in_child(void)
{
    reporter = getpid();
    atomic_flag_clear(&reported);
    zm_sums_read(&inherited);
    zm_output_after_fork(&output);
    zm_own_status_open();
}

static void finish(void)
{
    report();
    zm_wrap_finish();
}

static void remember_output(const char *program)
{
    const char *wanted = secure_getenv(VARIABLE);
    if (!wanted || !*wanted)
        return;
    if (!zm_output_open(&output, wanted)) {
        zm_complain("zmalloc: " VARIABLE ": the file name is too long", (char *)NULL);
        return;
    }
    const char *preloads = secure_getenv("LD_PRELOAD");
    under_valgrind = preloads && strstr(preloads, "/vgpreload_");
    const char *slash = strrchr(program, '/');
    strncpy(command, slash ? slash + 1 : program, sizeof command - 1);
    zm_own_status_open();
    reporter = getpid();
    pthread_atfork(NULL, NULL, after_fork_in_child);
    zm_last_words(finish);
}

/* A program may clear its environment before it allocates anything. glibc passes the arguments, and
 * this comes before its own constructor, which would set program_invocation_name; musl has set that
 * by now. */
#ifdef __GLIBC__
#    define OWN_NAME (argc > 0 ? argv[0] : "")
#else
#    define OWN_NAME program_invocation_name
#endif
static void read_environment(ZM_ARGUMENTS)
{
#ifdef __GLIBC__
    (void)envp;
#endif
    zm_choose();
    zm_deepbind_start();
    remember_output(OWN_NAME);
    at_quick_exit(finish);
}
ZM_AT_START("00102", read_environment);

__attribute__((destructor)) static void finish_at_exit(void)
{
    finish();
}

/* ---- _exit ---- */

__attribute__((visibility("default"), noreturn)) void _exit(int status)
{
    int saved_errno = errno;
    finish();
    errno = saved_errno;
    for (;;)
        syscall(SYS_exit_group, status);
}

__attribute__((visibility("default"), noreturn)) void _Exit(int status)
{
    _exit(status);
}
