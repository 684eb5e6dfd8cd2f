/* SPDX-License-Identifier: BSD-3-Clause */
#include "family.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/common/cli.h"
#include "tools/common/grow.h"
#include "tools/common/printable.h"
#include "tools/live/children.h"

/* So often the tree is searched for those that still run another backend: each pass finds what was
 * forked during the one before, which is less each time unless programs are executed all along. */
#define PASSES 50

/* ---- who belongs to it ---- */

static struct zm_member *member(const struct zm_family *family, pid_t pid)
{
    for (size_t i = 0; i < family->count; i++)
        if (family->all[i].pid == pid)
            return &family->all[i];
    return NULL;
}

/* A process that has ended, but was not waited for, or is about to, has nothing left to switch. */
static bool is_running(const struct zm_member *m, struct zm_process_state *state)
{
    return zm_process_state(m->pid, state) && !state->over && !state->ending &&
           (m->state.started == 0 || m->state.started == state->started);
}

bool zm_member_has_ended(const struct zm_member *m)
{
    struct zm_process_state state;
    return !is_running(m, &state);
}

static int add(struct zm_family *family, pid_t pid)
{
    struct zm_member new = {.pid = pid, .problem = -ENOENT};
    if (!is_running(&new, &new.state))
        return 0;
    struct zm_member *all = zm_grow(family->all, family->count, &family->room, sizeof new, 8);
    if (!all)
        return -ENOMEM;
    family->all = all;
    family->all[family->count++] = new;
    family->seen++;
    return 0;
}

/* What its parent will be told to have waited for is known already. */
static void note_end(struct zm_family *family, const struct zm_member *m)
{
    struct zm_member *parent = member(family, m->state.parent);
    if (parent)
        parent->ended_s += m->cpu_s + m->waited_s;
}

static void forget_ended(struct zm_family *family)
{
    size_t kept = 0;
    for (size_t i = 0; i < family->count; i++) {
        struct zm_member *m = &family->all[i];
        struct zm_process_state state;
        if (is_running(m, &state)) {
            m->state = state;
        } else {
            note_end(family, m);
            m->pid = 0;
        }
    }
    for (size_t i = 0; i < family->count; i++)
        if (family->all[i].pid)
            family->all[kept++] = family->all[i];
    family->count = kept;
}

/* A forked process goes back to where its parent does, and one with a program of its own to what
 * that has begun with. */
static void remember_before(const struct zm_family *family, struct zm_member *m)
{
    const struct zm_member *parent = m->state.forked ? member(family, m->state.parent) : NULL;
    const char *before = zm_switch_runs(&m->source);
    if (family->order && parent && parent->before[0])
        before = parent->before;
    snprintf(m->before, sizeof m->before, "%s", before ? before : "");
}

static void find_account(const struct zm_family *family, struct zm_member *m)
{
    int status = m->problem ? m->problem : zm_live_look_again(&m->source);
    bool known = m->before[0] && m->state.forked; /* has only got its own number meanwhile */
    if (status == 0)
        return;
    if (family->children || !m->source.address)
        status = zm_live_open(m->pid, &m->source);
    m->problem = status;
    m->order = 0;
    if (status == 0 && !known)
        remember_before(family, m);
}

int zm_family_find(struct zm_family *family)
{
    struct zm_pids found = {0}, without = {0};
    int status = 0;
    forget_ended(family);
    if (!member(family, family->root))
        return -ESRCH;
    if (family->children && !zm_pids_add(&without, getpid()))
        status = -ENOMEM;
    if (family->children && status == 0)
        status = zm_descendants(family->root, &without, true, &found);
    for (size_t i = 0; i < found.count && status == 0; i++)
        if (!member(family, found.all[i]))
            status = add(family, found.all[i]);
    for (size_t i = 0; i < family->count; i++)
        find_account(family, &family->all[i]);
    zm_pids_clear(&found);
    zm_pids_clear(&without);
    return status == 0 && !family->children ? family->all[0].problem : status;
}

int zm_family_open(struct zm_family *family, pid_t root, bool children)
{
    *family = (struct zm_family){.root = root, .children = children};
    int status = add(family, root);
    if (status == 0)
        status = zm_family_find(family);
    return status;
}

void zm_family_close(struct zm_family *family)
{
    free(family->all);
    *family = (struct zm_family){0};
}

/* ---- orders ---- */

int zm_member_obstacle(const struct zm_member *m, const char *backend)
{
    if (m->problem)
        return m->problem;
    if (!m->source.page.current)
        return ZM_STARTED_WITHOUT;
    return backend && zm_switch_find(&m->source.page, backend) == ZM_LIVE_BACKENDS ? ZM_NOT_TO_THAT
                                                                                   : 0;
}

void zm_member_put_obstacle(const struct zm_member *m, const char *backend, int obstacle, FILE *out)
{
    if (obstacle == ZM_NOT_TO_THAT) {
        zm_put_between(out, "can't be switched to '", backend, "', but to: ");
        zm_switch_list(&m->source.page, out);
    } else {
        fputs(obstacle == ZM_STARTED_WITHOUT ? "started without ZMALLOC_SWITCH=on"
                                             : zm_live_problem(obstacle),
              out);
    }
    fputc('\n', out);
}

const struct zm_member *zm_family_first(const struct zm_family *family)
{
    for (size_t i = 0; i < family->count; i++)
        if (zm_member_obstacle(&family->all[i], NULL) == 0)
            return &family->all[i];
    return NULL;
}

static int switch_member(struct zm_member *m, const char *backend, bool purge, bool *changes)
{
    const char *runs = zm_switch_runs(&m->source);
    purge = purge && m->source.page.purges; /* that of an older library can't */
    *changes = !runs || strcmp(runs, backend) != 0;
    if (!*changes && !purge)
        return 0;
    return zm_switch_to(&m->source, zm_switch_find(&m->source.page, backend), purge);
}

static void give(const struct zm_family *family, struct zm_member *m, bool purge, bool *changes)
{
    const char *to = family->backend[0] ? family->backend : m->before;
    *changes = false;
    m->order = family->order;
    m->obstacle = zm_member_obstacle(m, to);
    if (m->obstacle == 0)
        m->obstacle = switch_member(m, to, purge, changes);
    else if (m->obstacle == ZM_NOT_TO_THAT && zm_member_obstacle(m, m->before) == 0)
        (void)switch_member(m, m->before, false, changes);
}

/* Among many nobody misses one that has ended, and one that has become another program just now
 * gets the order again. */
static bool may_be_left_out(const struct zm_member *m, bool changes)
{
    return (changes && m->obstacle == -ENOENT) || (m->obstacle != 0 && zm_member_has_ended(m));
}

/* A pass over those that have not got the last order. Whether another one is due: while one member
 * is switched another may fork, or become another program. */
static bool give_all(struct zm_family *family, bool purge, bool later, zm_family_tell *tell,
                     void *context)
{
    bool again = false;
    for (size_t i = 0; i < family->count; i++) {
        struct zm_member *m = &family->all[i];
        bool changes;
        char from[64];
        if (m->order == family->order)
            continue;
        const char *runs = m->problem ? NULL : zm_switch_runs(&m->source);
        snprintf(from, sizeof from, "%s", runs ? runs : "");
        give(family, m, purge, &changes);
        again |= changes;
        if (tell && (!later || changes) && !(family->children && may_be_left_out(m, changes)))
            tell(m, from, context);
    }
    return again;
}

int zm_family_switch(struct zm_family *family, const char *backend, bool purge,
                     zm_family_tell *tell, void *context)
{
    /* The system may leave out a child while one beside it ends, but hardly twice. */
    const unsigned enough = family->children ? 2 : 1;
    unsigned clean = 0;
    int status = 0;
    family->order++;
    family->somebody_else = false;
    snprintf(family->backend, sizeof family->backend, "%s", backend ? backend : "");
    for (unsigned pass = 0; clean < enough && pass < PASSES && status == 0; pass++) {
        status = zm_family_find(family); /* those that are known can be switched all the same */
        clean = give_all(family, purge, pass > 0, tell, context) ? 0 : clean + 1;
    }
    if (status == 0 && !family->children)
        return family->all[0].obstacle;
    return status == 0 && clean < enough ? -EBUSY : status;
}

void zm_family_remind(struct zm_family *family)
{
    if (family->order)
        (void)give_all(family, false, true, NULL, NULL);
}

bool zm_family_awaits(const struct zm_family *family)
{
    for (size_t i = 0; i < family->count; i++)
        if (zm_member_obstacle(&family->all[i], NULL) == 0 &&
            zm_switch_awaits(&family->all[i].source))
            return true;
    return false;
}

int zm_family_refuse(const char *subcommand, const struct zm_family *family, int error)
{
    if (error != -EBUSY)
        return zm_live_refuse(subcommand, family->root, error);
    zm_error(subcommand,
             "process %ld: its descendants execute programs faster than they can be "
             "switched",
             (long)family->root);
    return ZM_EXIT_TOOL;
}
