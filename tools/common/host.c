/* Reading what the kernel shows of the machine.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <zmalloc/sysinfo.h>

static void read_cpu(char *out, size_t size)
{
    char line[256];
    FILE *file = fopen("/proc/cpuinfo", "re");
    out[0] = '\0';
    while (file && !*out && fgets(line, sizeof line, file)) {
        char *value = strchr(line, ':');
        if (!value || strncmp(line, "model name", 10) != 0)
            continue;
        value += strspn(value, ": \t");
        value[strcspn(value, "\n")] = '\0';
        snprintf(out, size, "%s", value);
    }
    if (file)
        fclose(file);
}

/* The file lists all settings, and puts the one in force into brackets. */
static void read_thp(char *out, size_t size)
{
    char line[128];
    FILE *file = fopen("/sys/kernel/mm/transparent_hugepage/enabled", "re");
    out[0] = '\0';
    if (!file)
        return;
    if (fgets(line, sizeof line, file)) {
        const char *word = strchr(line, '[');
        if (word)
            snprintf(out, size, "%.*s", (int)strcspn(word + 1, "]"), word + 1);
    }
    fclose(file);
}

static void read_governor(char *out, size_t size)
{
    FILE *file = fopen("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "re");
    out[0] = '\0';
    if (!file)
        return;
    if (fgets(out, (int)size, file))
        out[strcspn(out, "\n")] = '\0';
    fclose(file);
}

#define HIGH_LOAD 1.5 /* for each core */

bool zm_load_is_high(double load, uint64_t cores)
{
    return cores > 0 && load >= HIGH_LOAD * (double)cores;
}

static uint64_t known(long value)
{
    return value > 0 ? (uint64_t)value : 0;
}

void zm_host_describe(struct zm_host *out)
{
    struct utsname name;
    *out = (struct zm_host){.cores = known(sysconf(_SC_NPROCESSORS_ONLN)),
                            .page_bytes = known(sysconf(_SC_PAGESIZE))};
    if (zmalloc_sysinfo_ram(&out->ram_bytes) != 0)
        out->ram_bytes = 0;
    if (uname(&name) == 0)
        snprintf(out->system, sizeof out->system, "%s %s %s", name.sysname, name.release,
                 name.machine);
    if (*name.nodename)
        snprintf(out->name, sizeof out->name, "%s", name.nodename);
    double load;
    out->load = getloadavg(&load, 1) == 1 ? load : -1;
    read_cpu(out->cpu, sizeof out->cpu);
    read_thp(out->thp, sizeof out->thp);
    read_governor(out->governor, sizeof out->governor);
}
