/* Counters that children inherit. They are opened on this process, but begin to count when a child
 * calls exec.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "hardware.h"

#include <errno.h>
#include <unistd.h>

#ifdef __linux__
#    include <linux/perf_event.h>
#    include <sys/syscall.h>

static const struct {
    uint32_t type;
    uint64_t config;
} wanted[ZM_COUNTERS] = {
    {PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS},
    {PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES},
    {PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_MISSES},
    {PERF_TYPE_HW_CACHE, PERF_COUNT_HW_CACHE_DTLB | PERF_COUNT_HW_CACHE_OP_READ << 8 |
                             PERF_COUNT_HW_CACHE_RESULT_MISS << 16},
};

int zm_counter_open(uint32_t type, uint64_t config)
{
    struct perf_event_attr attr = {
        .type = type,
        .size = sizeof attr,
        .config = config,
        .read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING,
        .disabled = 1,
        .inherit = 1,
        .enable_on_exec = 1,
    };
    for (;;) {
        long fd = syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
        if (fd >= 0)
            return (int)fd;
        if ((errno != EACCES && errno != EPERM) || attr.exclude_kernel)
            return -errno;
        attr.exclude_kernel = 1; /* counting user space alone needs no rights */
    }
}
#else
static const struct {
    uint32_t type;
    uint64_t config;
} wanted[ZM_COUNTERS];

int zm_counter_open(uint32_t type, uint64_t config)
{
    (void)type;
    (void)config;
    return -ENOSYS;
}
#endif

double zm_counter_read(int fd)
{
    uint64_t values[3]; /* the count, and the times for which it was enabled and really ran */
    if (fd < 0 || read(fd, values, sizeof values) != sizeof values || values[2] == 0)
        return -1;
    return (double)values[0] * ((double)values[1] / (double)values[2]);
}

void zm_hardware_open(struct zm_hardware *out)
{
    for (size_t i = 0; i < ZM_COUNTERS; i++)
        out->fds[i] = zm_counter_open(wanted[i].type, wanted[i].config);
}

void zm_hardware_take(struct zm_hardware *counters, double *values)
{
    for (size_t i = 0; i < ZM_COUNTERS; i++) {
        values[ZM_INSTRUCTIONS + i] = zm_counter_read(counters->fds[i]);
        if (counters->fds[i] >= 0)
            close(counters->fds[i]);
    }
}

const char *zm_counters_absent(void)
{
    int fd = zm_counter_open(wanted[0].type, wanted[0].config);
    if (fd >= 0) {
        close(fd);
        return NULL;
    }
    return fd == -EACCES || fd == -EPERM ? "not permitted: kernel.perf_event_paranoid"
                                         : "this machine gives none";
}
