/* ZMALLOC_STATS: at exit, one JSON object on one line about what this process did.
 *
 * Written by a destructor, and by _exit and quick_exit for the programs (shells, forked workers)
 * that leave that way; with open and write alone. Only the process that a constructor or the fork
 * handler has seen reports: a child of vfork that calls _exit shares its parent's memory, figures
 * included.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <zmalloc.h>

#include "backends/wrap/wrap.h"
#include "base/failure.h"
#include "base/output.h"
#include "runtime/choice.h"

#define VARIABLE "ZMALLOC_STATS"

static struct zm_output output;
static pid_t reporter; /* the process that the output belongs to */
static atomic_flag reported = ATOMIC_FLAG_INIT;

/* What a forked process has from its parent, so that sums over processes count nothing twice. */
static struct zmalloc_stats inherited;

static void describe(struct zm_line *t)
{
    struct zmalloc_stats s = {.struct_size = sizeof s};
    zmalloc_get_stats(&s);
    struct zmalloc_sysinfo_memory m = {.struct_size = sizeof m};
    zmalloc_sysinfo_memory(0, ZMALLOC_SYSINFO_RSS | ZMALLOC_SYSINFO_PEAK_RSS, &m);
    const struct zm_ops *ops = zm_running()->ops;
    zm_line_add(t, "{\"pid\":");
    zm_line_decimal(t, (uint64_t)getpid());
    zm_line_number(t, "ppid", (uint64_t)getppid());
    zm_line_string(t, "command", program_invocation_short_name);
    zm_line_string(t, "backend", ops->name);
    zm_line_string(t, "version", ops->version());
    if (zm_chosen_outside()[0])
        zm_line_string(t, "choice", zm_chosen_outside());
    if (zmalloc_wraps()[0])
        zm_line_string(t, "wraps", zmalloc_wraps());
    zm_line_number(t, "used_bytes", s.used_bytes);
    zm_line_number(t, "peak_bytes", s.peak_bytes);
    zm_line_number(t, "allocated_bytes", s.allocated_bytes);
    zm_line_number(t, "freed_bytes", s.freed_bytes);
    zm_line_number(t, "allocs", s.allocs);
    zm_line_number(t, "frees", s.frees);
    zm_line_number(t, "inherited_allocated_bytes", inherited.allocated_bytes);
    zm_line_number(t, "inherited_freed_bytes", inherited.freed_bytes);
    zm_line_number(t, "inherited_allocs", inherited.allocs);
    zm_line_number(t, "inherited_frees", inherited.frees);
    if (m.has & ZMALLOC_SYSINFO_RSS)
        zm_line_number(t, "rss_bytes", m.rss);
    if (m.has & ZMALLOC_SYSINFO_PEAK_RSS)
        zm_line_number(t, "vmhwm_bytes", m.peak_rss);
    zm_line_add(t, "}\n");
}

static void report(void)
{
    if (!output.target[0] || getpid() != reporter || atomic_flag_test_and_set(&reported))
        return;
    char bytes[8192];
    struct zm_line t = ZM_LINE(bytes);
    describe(&t);
    zm_output_write(&output, VARIABLE, &t);
}

static void after_fork_in_child(void)
{
    reporter = getpid();
    atomic_flag_clear(&reported);
    inherited.struct_size = sizeof inherited;
    zmalloc_get_stats(&inherited);
}

static void remember_output(void)
{
    const char *wanted = secure_getenv(VARIABLE);
    if (!wanted || !*wanted)
        return;
    if (!zm_output_set(&output, wanted)) {
        zm_complain("zmalloc: " VARIABLE ": the file name is too long", (char *)NULL);
        return;
    }
    reporter = getpid();
    pthread_atfork(NULL, NULL, after_fork_in_child);
}

/* For _exit and quick_exit, which run none. */
static void finish_without_destructors(void)
{
    report();
    zm_wrap_finish();
}

/* A program may clear its environment before it allocates anything. */
__attribute__((constructor)) static void read_environment(void)
{
    zm_choose();
    remember_output();
    at_quick_exit(finish_without_destructors);
}

__attribute__((destructor)) static void report_at_exit(void)
{
    report();
}

/* ---- _exit ---- */

__attribute__((visibility("default"), noreturn)) void _exit(int status)
{
    int saved_errno = errno;
    finish_without_destructors();
    errno = saved_errno;
    for (;;)
        syscall(SYS_exit_group, status);
}

__attribute__((visibility("default"), noreturn)) void _Exit(int status)
{
    _exit(status);
}
