/* Finding out which program it is, and where its account is, costs most; so each is asked anew only
 * if what is known no longer holds.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "look.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <zmalloc/sysinfo.h>

/* A program that has no account yet is asked again after such a part of the time since it was first
 * seen: most have one at once. */
#define LATER 0.25

static bool knows_the_program(struct zm_looked_at *p, double at)
{
    struct zm_image now;
    if (p->images > 0 && zm_image_is_there(p->pid, &p->image))
        return true;
    int status = zm_image_of(p->pid, &now);
    if (status != 0) {
        p->problem = p->seen ? p->problem : status;
        return false;
    }
    p->image = now;
    p->images++;
    p->seen = 0;
    p->problem = -ENOENT;
    p->since = p->try_at = at;
    return true;
}

/* The library may not have begun yet when the program is first seen. */
static bool knows_the_account(struct zm_looked_at *p, double now)
{
    if (p->problem == 0 || now < p->try_at)
        return p->problem == 0;
    p->try_at = now + LATER * (now - p->since);
    struct zm_live_source source;
    int status = zm_live_open(p->pid, &source);
    if (status == 0 && source.copied) /* by vfork, or its fork is not over yet */
        status = -ENOENT;
    p->problem = status;
    if (status == 0)
        p->source = source;
    return status == 0;
}

/* The program is asked for again afterwards: what was read may be another one's. */
static void read_account(struct zm_looked_at *p, double now)
{
    struct zm_live_account account;
    int status = zm_live_take(&p->source, &account);
    if (!zm_image_is_there(p->pid, &p->image))
        return;
    if (status != 0) {
        if (status != -ESRCH && status != -EAGAIN)
            p->problem = status;
        return;
    }
    if (!p->seen)
        p->inherited = account;
    p->account = account;
    p->opened = 0;
    p->seen++;
    p->seen_at = now;
}

void zm_look(struct zm_looked_at *p, double now)
{
    struct zmalloc_sysinfo_memory memory = {.struct_size = sizeof memory};
    if (zmalloc_sysinfo_memory(p->pid, ZMALLOC_SYSINFO_RSS | ZMALLOC_SYSINFO_PEAK_RSS, &memory) ==
        0) {
        p->rss = memory.rss;
        p->peak_rss = memory.has & ZMALLOC_SYSINFO_PEAK_RSS ? memory.peak_rss : 0;
    }
    if (knows_the_program(p, now) && knows_the_account(p, now))
        read_account(p, now);
}

const char *zm_look_doubt(const struct zm_looked_at *p)
{
    if (p->images == 0)
        return p->problem == -EPERM ? zm_live_problem(p->problem) : "it ended before it was seen";
    if (p->opened > 0 || p->renamed)
        return "it became another program after it was last seen";
    if (!p->seen || (p->seen == 1 && p->ending == ZM_ENDED_UNSEEN))
        return p->problem == -ESRCH || p->problem == 0 ? "it ended before its account was seen"
                                                       : zm_live_problem(p->problem);
    return NULL;
}

double zm_look_age(const struct zm_looked_at *p, double now)
{
    double until = p->ending == ZM_STILL_RUNNING ? now : p->ended_at;
    return until > p->seen_at ? until - p->seen_at : 0;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Nobody saw the fork itself. But totals only grow: what they were then is no more than what either
 * has now. */
void zm_look_inherit(struct zm_looked_at *p, const struct zm_looked_at *parent)
{
    const struct zm_live_account *a = &parent->account;
    struct zm_live_account *i = &p->inherited;
    if (memcmp(p->image.random, parent->image.random, sizeof p->image.random) != 0)
        return;
    i->allocated = least(i->allocated, a->allocated);
    i->freed = least(i->freed, a->freed);
    i->allocs = least(i->allocs, a->allocs);
    i->frees = least(i->frees, a->frees);
}

static uint64_t own(const struct zm_looked_at *p, uint64_t now, uint64_t inherited)
{
    if (!p->state.forked)
        return now;
    return now > inherited ? now - inherited : 0;
}

uint64_t zm_look_used(const struct zm_looked_at *p)
{
    const struct zm_live_account *a = &p->account, *inherited = &p->inherited;
    return own(p, a->allocated - a->freed, inherited->allocated - inherited->freed);
}

uint64_t zm_look_allocated(const struct zm_looked_at *p)
{
    return own(p, p->account.allocated, p->inherited.allocated);
}

uint64_t zm_look_allocs(const struct zm_looked_at *p)
{
    return own(p, p->account.allocs, p->inherited.allocs);
}
