/* The memory of all processes of a tree.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "tree_memory.h"

#include "tools/common/clock.h"

#include <errno.h>
#include <math.h>
#include <zmalloc/sysinfo.h>

#define LEAST_S 0.02
#define SHARE   50  /* a pause is at least so many times as long as the CPU time of the look */
#define PSS_S   0.2 /* walks page tables: seldom, but sooner if the tree has grown */
#define GROWN   (1.0 / 32)

/* While exec replaces a process, it has a page or two, which are not the memory of the command. */
#define EXEC_BYTES 16384

void zm_tree_look_at_rss(struct zm_tree *tree, double now_s)
{
    double largest = 0;
    for (size_t i = 0; i < tree->running_count; i++) {
        const struct zm_looked_at *p = tree->running[i];
        struct zmalloc_sysinfo_memory memory = {.struct_size = sizeof memory};
        if (p->ending == ZM_STILL_RUNNING &&
            zmalloc_sysinfo_memory(p->pid, ZMALLOC_SYSINFO_RSS, &memory) == 0 &&
            (double)memory.rss > largest)
            largest = (double)memory.rss;
    }
    if (largest > EXEC_BYTES) /* otherwise the command has ended, or not begun */
        zm_timeline_add(tree->rss, now_s, largest);
}

static void look_at_pss(struct zm_tree *tree)
{
    double sum = 0;
    size_t count = 0, hidden = 0;
    for (size_t i = 0; i < tree->running_count; i++) {
        const struct zm_looked_at *p = tree->running[i];
        struct zmalloc_sysinfo_memory memory = {.struct_size = sizeof memory};
        if (p->ending != ZM_STILL_RUNNING)
            continue;
        int status = zmalloc_sysinfo_memory(p->pid, ZMALLOC_SYSINFO_PSS, &memory);
        count += status == 0;
        hidden += status == -EACCES;
        sum += status == 0 ? (double)memory.pss : 0;
    }
    if (count < 2 || sum <= tree->pss)
        return;
    tree->pss = sum;
    tree->pss_processes = count;
    tree->pss_hidden = hidden;
}

void zm_tree_look_at_pss(struct zm_tree *tree, double now_s, bool at_once)
{
    double rss = 0;
    size_t count = 0;
    for (size_t i = 0; i < tree->running_count; i++) {
        if (tree->running[i]->ending == ZM_STILL_RUNNING) {
            rss += (double)tree->running[i]->rss;
            count++;
        }
    }
    tree->processes = count > tree->processes ? count : tree->processes;
    bool grown = rss > tree->rss_before * (1 + GROWN);
    if (count < 2 || (!at_once && now_s < (grown ? tree->pss_due : tree->pss_due + PSS_S)))
        return;
    double before = zm_own_cpu();
    look_at_pss(tree);
    tree->rss_before = rss;
    tree->pss_due = now_s + fmax(LEAST_S, SHARE * (zm_own_cpu() - before));
}
