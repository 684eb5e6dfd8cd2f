/* Windows. PrivateUsage is what the process is charged for, resident or not: it is told as
 * `commit`, never as RSS. A job object limits the same charge.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#define WIN32_LEAN_AND_MEAN
#define PSAPI_VERSION 2 /* in kernel32: no library to link */
#include "sysinfo/bounds.h"
#include "sysinfo/os.h"
#include <errno.h>
#include <string.h>
#include <windows.h>

#include <psapi.h> /* after windows.h */

/* The version of the counters that the kernel filled tells which fields it knows. */
#define COVERS(cb, type, field) ((cb) >= offsetof(type, field) + sizeof(((type *)0)->field))

static int from_windows(DWORD error)
{
    switch (error) {
    case ERROR_INVALID_PARAMETER: /* OpenProcess: no such process */
        return -ESRCH;
    case ERROR_ACCESS_DENIED:
        return -EACCES;
    default:
        return -EIO;
    }
}

static void set(struct zmalloc_sysinfo_memory *out, uint32_t bit, uint64_t *field, uint64_t value)
{
    *field = value;
    out->has |= bit;
}

static int counters(HANDLE process, struct zmalloc_sysinfo_memory *out)
{
    PROCESS_MEMORY_COUNTERS_EX info;
    DWORD status = STILL_ACTIVE;
    memset(&info, 0, sizeof info);
    info.cb = sizeof info;
    if (GetExitCodeProcess(process, &status) && status != STILL_ACTIVE)
        return -ENODATA; /* it has ended, but somebody still has a handle: a zombie, as it were */
    if (!GetProcessMemoryInfo(process, (PROCESS_MEMORY_COUNTERS *)&info, sizeof info))
        return from_windows(GetLastError());
    if (COVERS(info.cb, PROCESS_MEMORY_COUNTERS_EX, WorkingSetSize)) {
        set(out, ZMALLOC_SYSINFO_PEAK_RSS, &out->peak_rss, info.PeakWorkingSetSize);
        set(out, ZMALLOC_SYSINFO_RSS, &out->rss, info.WorkingSetSize);
    }
    if (COVERS(info.cb, PROCESS_MEMORY_COUNTERS_EX, PrivateUsage))
        set(out, ZMALLOC_SYSINFO_COMMIT, &out->commit, info.PrivateUsage);
    return 0;
}

int zm_os_memory(int64_t pid, uint32_t wanted, struct zmalloc_sysinfo_memory *out)
{
    HANDLE process;
    int result;
    if (pid > UINT32_MAX)
        return -ESRCH;
    if (!(wanted & (ZMALLOC_SYSINFO_RSS | ZMALLOC_SYSINFO_PEAK_RSS | ZMALLOC_SYSINFO_COMMIT)))
        return -ENOTSUP;
    if (!pid) {
        result = counters(GetCurrentProcess(), out);
    } else {
        process = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, (DWORD)pid);
        if (!process)
            return from_windows(GetLastError());
        result = counters(process, out);
        CloseHandle(process);
    }
    if (result)
        return result;
    return out->has & wanted ? 0 : -ENOTSUP;
}

int zm_os_smaps(int64_t pid, const char *field, size_t length, uint64_t *bytes)
{
    (void)pid, (void)field, (void)length, (void)bytes;
    return -ENOTSUP;
}

static int machine(uint64_t *total, uint64_t *available)
{
    MEMORYSTATUSEX status;
    memset(&status, 0, sizeof status);
    status.dwLength = sizeof status;
    if (!GlobalMemoryStatusEx(&status))
        return -EIO;
    *total = status.ullTotalPhys;
    *available = status.ullAvailPhys;
    return 0;
}

int zm_os_ram(uint64_t *bytes)
{
    uint64_t available;
    return machine(bytes, &available);
}

/* The lowest limit of the job that this process is in. FALSE if it is in none, or in one that
 * limits no memory. */
static BOOL job_limit(uint64_t *bytes)
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION info;
    DWORD flags;
    memset(&info, 0, sizeof info);
    if (!QueryInformationJobObject(NULL, JobObjectExtendedLimitInformation, &info, sizeof info,
                                   NULL))
        return FALSE;
    flags = info.BasicLimitInformation.LimitFlags;
    *bytes = ZMALLOC_SYSINFO_UNLIMITED;
    if (flags & JOB_OBJECT_LIMIT_PROCESS_MEMORY)
        *bytes = info.ProcessMemoryLimit;
    if (flags & JOB_OBJECT_LIMIT_JOB_MEMORY && info.JobMemoryLimit < *bytes)
        *bytes = info.JobMemoryLimit;
    return *bytes != ZMALLOC_SYSINFO_UNLIMITED;
}

int zm_os_limit(int64_t pid, struct zmalloc_sysinfo_limit *out)
{
    uint64_t total, available;
    int result = machine(&total, &available);
    if (result)
        return result;
    zm_bound_ram(out, total);
    zm_bound_available(out, available);
    if ((!pid || pid == zm_os_self()) && job_limit(&out->job)) {
        out->has |= ZMALLOC_SYSINFO_LIMIT_JOB;
        zm_bound_limit(out, out->job, ZMALLOC_SYSINFO_BY_JOB, 0);
    }
    zm_bounds_settle(out);
    return 0;
}

int zm_os_level(int64_t pid, uint32_t level, struct zmalloc_sysinfo_level *out)
{
    (void)pid, (void)level, (void)out;
    return -ENOTSUP;
}

int zm_os_pressure(uint32_t scope, struct zmalloc_sysinfo_pressure *out)
{
    (void)scope, (void)out;
    return -ENOTSUP;
}

int64_t zm_os_self(void)
{
    return GetCurrentProcessId();
}

uint64_t zm_os_now(void)
{
    LARGE_INTEGER count, frequency;
    uint64_t seconds;
    QueryPerformanceCounter(&count); /* both cannot fail since Windows XP */
    QueryPerformanceFrequency(&frequency);
    seconds = (uint64_t)(count.QuadPart / frequency.QuadPart);
    return seconds * 1000000000u + (uint64_t)(count.QuadPart % frequency.QuadPart) * 1000000000u /
                                       (uint64_t)frequency.QuadPart;
}
