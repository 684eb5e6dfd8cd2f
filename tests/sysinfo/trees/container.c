/* SPDX-License-Identifier: BSD-3-Clause */
#include "container.h"
#include "sysinfo/linux/linux.h"
#include "tests/sysinfo/helpers.h"

const struct file files[FILES] = {
    {"proc/meminfo", "MemTotal:  307200 kB\nMemAvailable:  292969 kB\n"},
    {"proc/self/cgroup", "1:name=systemd:/x\n0::/parent/child\n"},
    {"proc/self/mountinfo", "27 24 0:22 / /sys rw - sysfs sysfs rw\n" V2_MOUNT},
    {"sys/fs/cgroup/parent/memory.max", "209715200\n"},
    {"sys/fs/cgroup/parent/memory.current", "157286400\n"},
    {"sys/fs/cgroup/parent/memory.stat", "anon 1000\ninactive_file 52428800\nslab 7\n"},
    {"sys/fs/cgroup/parent/cgroup.events", "populated 1\n"},
    {"sys/fs/cgroup/parent/child/memory.max", "max\n"},
    {"sys/fs/cgroup/parent/child/memory.high", "max\n"},
    {"sys/fs/cgroup/parent/child/memory.current", "104857600\n"},
    {"sys/fs/cgroup/parent/child/memory.swap.max", "4096\n"},
    {"sys/fs/cgroup/parent/child/memory.swap.current", "0\n"},
    {"sys/fs/cgroup/parent/child/memory.stat", "inactive_file 50\n"},
    {"sys/fs/cgroup/parent/child/memory.pressure",
     "some avg10=1.25 avg60=0.07 avg300=100.00 total=123456\n"
     "full avg10=0.00 avg60=0.00 avg300=0.01 total=7\n"},
    {"proc/self/statm", "100 40 30 5 0 90 0\n"},
    {"proc/self/status", "Name:\tx\nVmHWM:\t  400 kB\nRssAnon:\t  8 kB\nVmPTE:\t  4 kB\n"},
    {"proc/self/smaps_rollup", "5-7 ---p 0 0:0 0 [rollup]\nPss:  9 kB\nPrivate_Clean:  1 kB\n"
                               "Private_Dirty:  3 kB\nShared_Dirty:  0 kB\n"},
};

void plant_all(void)
{
    tree_put("sys/fs/cgroup/cgroup.procs", "");
    for (int i = 0; i < FILES; i++)
        tree_put(files[i].path, files[i].text);
}

void ask_all(struct answers *a)
{
    memset(a, 0, sizeof *a);
    a->results[0] = zm_linux_limit(tree_root, 0, &a->limit);
    for (uint32_t i = 0; i < 3; i++)
        a->results[1 + i] = zm_linux_level(tree_root, 0, i, &a->level[i]);
    a->results[4] = zm_linux_pressure(tree_root, 1, &a->pressure);
    a->results[5] = zm_linux_memory(tree_root, 0, ZMALLOC_SYSINFO_ALL, &a->memory);
}
