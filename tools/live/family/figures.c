/* SPDX-License-Identifier: BSD-3-Clause */
#include "figures.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <time.h>
#include <zmalloc/sysinfo.h>

#include "tools/common/clock.h"

#define LOOK_S 0.1
#define SHARE  50 /* a pause is at least so many times as long as the CPU time of the look */

/* Of all its threads, those that have ended too. */
static double cpu_of(pid_t pid)
{
    clockid_t clock;
    struct timespec t;
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &t) != 0)
        return -1;
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* What it has waited for was counted before, but for what those took after the last look, and for
 * those that were never seen. It may not have waited yet: the rest is for later looks. */
static void count_waited(struct zm_family *family, struct zm_member *m)
{
    double more = m->state.waited_s - m->waited_s, known = fmin(more, m->ended_s);
    m->ended_s -= known;
    m->waited_s = m->state.waited_s;
    family->cpu_s += more - known;
}

static void count_cpu(struct zm_family *family, struct zm_member *m)
{
    double now_s = cpu_of(m->pid);
    if (now_s >= m->cpu_s) {
        family->cpu_s += now_s - m->cpu_s;
        m->cpu_s = now_s;
    }
    if (family->children)
        count_waited(family, m);
}

/* A forked process has its parent's total at the fork in its own. Nobody saw the fork; but totals
 * only grow: it was no more than what either has now. */
static uint64_t inherited(const struct zm_family *family, const struct zm_member *m,
                          uint64_t allocs)
{
    for (size_t i = 0; i < family->count && m->state.forked; i++)
        if (family->all[i].pid == m->state.parent && family->all[i].program)
            return family->all[i].allocs < allocs ? family->all[i].allocs : allocs;
    return m->state.forked ? allocs : 0;
}

static void count_allocs(struct zm_family *family, struct zm_member *m, uint64_t allocs)
{
    if (m->program != m->source.address || m->program_started != (uint64_t)m->source.page.started)
        m->allocs = inherited(family, m, allocs);
    m->program = m->source.address;
    m->program_started = (uint64_t)m->source.page.started;
    if (allocs > m->allocs) {
        family->allocs += (double)(allocs - m->allocs);
        m->allocs = allocs;
    }
}

/* A copy that was forked past the library has figures of its parent's. */
static int look_at_account(struct zm_family *family, struct zm_member *m,
                           struct zm_family_figures *out)
{
    struct zm_live_account account;
    if (m->problem || (m->source.copied && family->children))
        return m->problem;
    int status = zm_live_take(&m->source, &account);
    if (status != 0)
        return status == -EAGAIN ? 0 : status;
    out->used = fmax(out->used, 0) + (double)(account.allocated - account.freed);
    count_allocs(family, m, account.allocs);
    const char *wanted = family->backend[0] ? family->backend : m->before;
    bool runs = strcmp(account.backend, wanted) == 0;
    bool obeys = m->order == family->order && m->order && m->obstacle == 0;
    out->switched += runs && obeys;
    family->somebody_else |= !runs && obeys;
    return 0;
}

static void look_at_memory(const struct zm_family *family, const struct zm_member *m,
                           struct zm_family_figures *out)
{
    struct zmalloc_sysinfo_memory memory = {.struct_size = sizeof memory};
    double bytes = -1;
    if (family->pss && zmalloc_sysinfo_memory(m->pid, ZMALLOC_SYSINFO_PSS, &memory) == 0)
        bytes = (double)memory.pss;
    else if (zmalloc_sysinfo_memory(m->pid, ZMALLOC_SYSINFO_RSS, &memory) == 0 &&
             memory.has & ZMALLOC_SYSINFO_RSS)
        bytes = (double)memory.rss;
    if (bytes >= 0)
        out->memory = fmax(out->memory, 0) + bytes;
}

void zm_family_choose_memory(struct zm_family *family)
{
    family->pss = family->children;
    for (size_t i = 0; i < family->count && family->pss; i++) {
        struct zmalloc_sysinfo_memory memory = {.struct_size = sizeof memory};
        int error = zmalloc_sysinfo_memory(family->all[i].pid, ZMALLOC_SYSINFO_PSS, &memory);
        family->pss = error == 0 || error == -ESRCH || error == -ENODATA;
    }
}

int zm_family_look(struct zm_family *family, struct zm_family_figures *out)
{
    double began = zm_own_cpu();
    *out = (struct zm_family_figures){.memory = -1, .used = -1};
    int status = zm_family_find(family);
    if (status == 0)
        zm_family_remind(family);
    for (size_t i = 0; i < family->count && status == 0; i++) {
        int problem = look_at_account(family, &family->all[i], out);
        status = family->children ? 0 : problem;
        look_at_memory(family, &family->all[i], out);
        count_cpu(family, &family->all[i]);
        out->processes++;
    }
    family->pause_s = fmax(LOOK_S, SHARE * (zm_own_cpu() - began));
    return status;
}
