/* What the operating system says about memory: of this process, of another, of the machine.
 *
 * Needs nothing else of this library. Rules for all functions:
 *  - Every figure is a uint64_t in bytes. A field counts only if its has-bit is set: unknown is not
 * zero, and no figure ever stands in for another.
 *  - They return 0 or a negative errno and leave errno itself alone:
 *      -EINVAL   bad argument, or a smaps field that is no amount of memory
 *      -ESRCH    no such process
 *      -EACCES   not permitted, or hidden (hidepid)
 *      -ENODATA  the process exists but has no such figure: zombie, kernel thread, unknown field
 *                (-ENOATTR where there is no ENODATA: FreeBSD, DragonFly, OpenBSD)
 *      -ENOTSUP  this operating system has no such figure
 *      -ENOENT   Linux: no /proc is mounted here
 *      -EPROTO   the system's answer could not be understood
 *    or what the system call itself failed with (-EMFILE, -ENOMEM, ...).
 *  - Thread-safe. No memory is allocated, no lock taken, no stdio or locale used, at most 8 KiB of
 * stack: callable from an OOM handler and from inside an allocator. On Linux also async-signal-safe
 * and no cancellation point; for other systems see docs/sysinfo.md.
 *  - `pid` 0 is the calling process.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZMALLOC_SYSINFO_H
#define ZMALLOC_SYSINFO_H

#include <stddef.h>
#include <stdint.h>
#include <zmalloc/export.h>

ZMALLOC_BEGIN

/* ---- one process ---- */

/* Bits of `wanted` and `has`. Cost on Linux, for a process of any size:
 * one read of a small file, about 5 us (statm) */
#define ZMALLOC_SYSINFO_RSS              (UINT32_C(1) << 0)
#define ZMALLOC_SYSINFO_VIRTUAL          (UINT32_C(1) << 1)
#define ZMALLOC_SYSINFO_SHARED           (UINT32_C(1) << 2)
#define ZMALLOC_SYSINFO_PRIVATE_ESTIMATE (UINT32_C(1) << 3)
/* one read of a small file, about 11 us (status) */
#define ZMALLOC_SYSINFO_PEAK_RSS    (UINT32_C(1) << 4)
#define ZMALLOC_SYSINFO_ANONYMOUS   (UINT32_C(1) << 5)
#define ZMALLOC_SYSINFO_SWAP        (UINT32_C(1) << 6)
#define ZMALLOC_SYSINFO_PAGE_TABLES (UINT32_C(1) << 7)
/* a walk over the page tables, about 15 ms a gigabyte of 4 KiB pages; mmap and munmap of the
 * process that is looked at wait meanwhile, by tens of milliseconds (smaps_rollup) */
#define ZMALLOC_SYSINFO_PRIVATE_DIRTY    (UINT32_C(1) << 8)
#define ZMALLOC_SYSINFO_PRIVATE_RESIDENT (UINT32_C(1) << 9)
#define ZMALLOC_SYSINFO_SHARED_DIRTY     (UINT32_C(1) << 10)
#define ZMALLOC_SYSINFO_SHARED_CLEAN     (UINT32_C(1) << 11)
#define ZMALLOC_SYSINFO_PSS              (UINT32_C(1) << 12)
#define ZMALLOC_SYSINFO_SWAP_PSS         (UINT32_C(1) << 13)
#define ZMALLOC_SYSINFO_LAZY_FREE        (UINT32_C(1) << 14)
#define ZMALLOC_SYSINFO_ANON_HUGE        (UINT32_C(1) << 15)
/* other systems only; as cheap as RSS there */
#define ZMALLOC_SYSINFO_FOOTPRINT  (UINT32_C(1) << 16)
#define ZMALLOC_SYSINFO_COMPRESSED (UINT32_C(1) << 17)
#define ZMALLOC_SYSINFO_COMMIT     (UINT32_C(1) << 18)

/* Everything that walks no page tables on any system, and everything. */
#define ZMALLOC_SYSINFO_CHEAP                                                                  \
    (ZMALLOC_SYSINFO_RSS | ZMALLOC_SYSINFO_VIRTUAL | ZMALLOC_SYSINFO_SHARED |                  \
     ZMALLOC_SYSINFO_PRIVATE_ESTIMATE | ZMALLOC_SYSINFO_PEAK_RSS | ZMALLOC_SYSINFO_ANONYMOUS | \
     ZMALLOC_SYSINFO_SWAP | ZMALLOC_SYSINFO_PAGE_TABLES | ZMALLOC_SYSINFO_FOOTPRINT |          \
     ZMALLOC_SYSINFO_COMPRESSED | ZMALLOC_SYSINFO_COMMIT)
#define ZMALLOC_SYSINFO_ALL ((UINT32_C(1) << 19) - 1)

/* The fields stand in the order of their bits; later versions append. What each is on Linux: */
struct zmalloc_sysinfo_memory {
    uint32_t struct_size;      /* in: sizeof(struct zmalloc_sysinfo_memory) */
    uint32_t has;              /* out: the fields that hold a figure */
    uint64_t rss;              /* resident; statm */
    uint64_t virtual_size;     /* address space mapped; statm */
    uint64_t shared;           /* resident and backed by a file or shared memory; statm */
    uint64_t private_estimate; /* rss - shared. An ESTIMATE of private_dirty, good in a process that
                                  never forked and writes what it allocates; wrong after fork */
    uint64_t peak_rss;      /* highest rss since exec: VmHWM (never below the rss told beside it) */
    uint64_t anonymous;     /* RssAnon */
    uint64_t swap;          /* VmSwap: shared memory that was swapped out is not in it */
    uint64_t page_tables;   /* VmPTE: what fork copies at once */
    uint64_t private_dirty; /* Private_Dirty */
    uint64_t
        private_resident;  /* Private_Clean + Private_Dirty: freed if the process died ("USS") */
    uint64_t shared_dirty; /* Shared_Dirty */
    uint64_t shared_clean; /* Shared_Clean */
    uint64_t pss;          /* Pss: each page divided by the number of its users */
    uint64_t swap_pss;     /* SwapPss */
    uint64_t lazy_free;    /* LazyFree: MADV_FREE pages that the kernel has not yet taken */
    uint64_t anon_huge;    /* AnonHugePages: in transparent huge pages */
    uint64_t footprint;    /* macOS phys_footprint, what its limits and Activity Monitor count */
    uint64_t compressed;   /* macOS: compressed or swapped */
    uint64_t commit;       /* Windows PrivateUsage: private commit charge, resident or not */
};

/* Fills the `wanted` fields that this system has and marks them in out->has. 0 if at least one
 * could be had (look at the bits), else why the first source failed. Ask for a field alone to learn
 * its error. Nobody pays for what is not wanted. Other users' processes: on Linux the fields
 * without a walk need no permission, the others that of ptrace (-EACCES). */
ZMALLOC_API int zmalloc_sysinfo_memory(int64_t pid, uint32_t wanted,
                                       struct zmalloc_sysinfo_memory *out);

/* The sum over all mappings of one smaps field ("Private_Dirty", with or without a colon). Linux
 * reads smaps_rollup, or smaps where that lacks the field (Size, for one): a walk, see above.
 * Fields without a kB figure (VmFlags, THPeligible) are -EINVAL. macOS: Rss, Private_Dirty, Shared,
 * Swap; FreeBSD: Rss, Private; Solaris, illumos: Size, Rss, Anonymous, Locked. Elsewhere -ENOTSUP.
 */
ZMALLOC_API int zmalloc_sysinfo_smaps(int64_t pid, const char *field, uint64_t *bytes);

/* The machine's RAM, whatever limits apply and whatever a container is shown in /proc/meminfo.
 * Linux: sysinfo(2), one system call. */
ZMALLOC_API int zmalloc_sysinfo_ram(uint64_t *bytes);

/* ---- the memory that a process may really use ---- */

#define ZMALLOC_SYSINFO_UNLIMITED UINT64_MAX /* a known limit that limits nothing */

/* Who set a figure. */
#define ZMALLOC_SYSINFO_BY_RAM           1
#define ZMALLOC_SYSINFO_BY_CGROUP        2
#define ZMALLOC_SYSINFO_BY_ADDRESS_SPACE 3
#define ZMALLOC_SYSINFO_BY_JOB           4

/* Bits of `has` in struct zmalloc_sysinfo_limit. */
#define ZMALLOC_SYSINFO_LIMIT_EFFECTIVE     (UINT32_C(1) << 0)
#define ZMALLOC_SYSINFO_LIMIT_HEADROOM      (UINT32_C(1) << 1)
#define ZMALLOC_SYSINFO_LIMIT_RAM           (UINT32_C(1) << 2)
#define ZMALLOC_SYSINFO_LIMIT_AVAILABLE     (UINT32_C(1) << 3)
#define ZMALLOC_SYSINFO_LIMIT_CGROUP        (UINT32_C(1) << 4)
#define ZMALLOC_SYSINFO_LIMIT_ADDRESS_SPACE (UINT32_C(1) << 5)
#define ZMALLOC_SYSINFO_LIMIT_HIGH          (UINT32_C(1) << 6)
#define ZMALLOC_SYSINFO_LIMIT_SWAP          (UINT32_C(1) << 7)
#define ZMALLOC_SYSINFO_LIMIT_JOB           (UINT32_C(1) << 8)
/* Not a figure: some cgroup levels could not be seen, so cgroup limits may be lower than told. */
#define ZMALLOC_SYSINFO_LIMIT_PARTIAL (UINT32_C(1) << 31)

#define ZMALLOC_SYSINFO_LEVEL_HIDDEN  UINT32_MAX /* a level above those that are mounted here */

/* A file that Linux shows may have been put there by something in between: lxcfs, a sandbox,
 * another system that plays Linux. So what two sources tell is compared, and a figure that can't be
 * has no bit: docs/sysinfo.md lists the cases. */
struct zmalloc_sysinfo_limit {
    uint32_t struct_size; /* in: sizeof(struct zmalloc_sysinfo_limit) */
    uint32_t has;         /* out */
    uint64_t effective;   /* lowest of ram, cgroup, address_space and job, as far as known */
    uint64_t headroom;  /* what may still be taken: lowest over the cgroup levels of limit less use
                           without page cache, of available, and of the address space left. Never
                           above effective: no bit if the use of the lowest limit isn't known */
    uint64_t ram;       /* Linux: the smaller of zmalloc_sysinfo_ram and of MemTotal in
                           /proc/meminfo, where a container may be shown its own limit */
    uint64_t available; /* RAM to be had without swapping: MemAvailable; no bit if above ram */
    uint64_t cgroup;    /* lowest limit of the process's cgroup and all its ancestors; v1: and of
                           those that can't be seen, by hierarchical_memory_limit in memory.stat */
    uint64_t address_space; /* RLIMIT_AS, soft */
    uint64_t high;         /* lowest memory.high: above it the kernel slows the process. No limit */
    uint64_t swap;         /* lowest memory.swap.max */
    uint64_t job;          /* Windows: the job object's limit */
    uint32_t effective_by; /* ZMALLOC_SYSINFO_BY_... */
    uint32_t headroom_by;  /* likewise */
    uint32_t effective_level; /* the deciding level if a cgroup decides: 0 own, 1 its parent, ... */
    uint32_t headroom_level;  /* likewise */
    uint32_t cgroup_version;  /* 1 or 2; 0: no memory controller found */
    uint32_t cgroup_levels;   /* how many zmalloc_sysinfo_level can tell of */
};

/* Linux: some small files per cgroup level, about 40 us each; systems without cgroups: ram and
 * address_space. Not 0 only if nothing could be told. */
ZMALLOC_API int zmalloc_sysinfo_limit(int64_t pid, struct zmalloc_sysinfo_limit *out);

/* Bits of `has` in struct zmalloc_sysinfo_level. */
#define ZMALLOC_SYSINFO_LEVEL_LIMIT      (UINT32_C(1) << 0)
#define ZMALLOC_SYSINFO_LEVEL_USAGE      (UINT32_C(1) << 1)
#define ZMALLOC_SYSINFO_LEVEL_CACHE      (UINT32_C(1) << 2)
#define ZMALLOC_SYSINFO_LEVEL_HEADROOM   (UINT32_C(1) << 3)
#define ZMALLOC_SYSINFO_LEVEL_HIGH       (UINT32_C(1) << 4)
#define ZMALLOC_SYSINFO_LEVEL_SWAP_LIMIT (UINT32_C(1) << 5)
#define ZMALLOC_SYSINFO_LEVEL_SWAP_USAGE (UINT32_C(1) << 6)
#define ZMALLOC_SYSINFO_LEVEL_PATH       (UINT32_C(1) << 7)

struct zmalloc_sysinfo_level {
    uint32_t struct_size; /* in: sizeof(struct zmalloc_sysinfo_level) */
    uint32_t has;         /* out */
    uint64_t limit;       /* memory.max; v1: memory.limit_in_bytes; or ZMALLOC_SYSINFO_UNLIMITED */
    uint64_t usage;       /* memory.current; v1: memory.usage_in_bytes */
    uint64_t cache;      /* inactive_file in memory.stat; v1: total_inactive_file. Of this level and
                            below: the kernel takes it back first. No bit if above usage */
    uint64_t headroom;   /* limit - (usage - cache), not below 0; UNLIMITED without a limit */
    uint64_t high;       /* v2 memory.high */
    uint64_t swap_limit; /* v2 memory.swap.max */
    uint64_t swap_usage; /* v2 memory.swap.current */
    char path[512];      /* the level's directory, found by mountinfo; no bit if longer */
};

/* One level: 0 is the process's own cgroup, 1 its parent, and so on. -ENODATA past the last,
 * -ENOTSUP where there is no cgroup with a memory controller. */
ZMALLOC_API int zmalloc_sysinfo_level(int64_t pid, uint32_t level,
                                      struct zmalloc_sysinfo_level *out);

/* Memory pressure (Linux PSI), of the machine (/proc/pressure/memory) or of the caller's own cgroup
 * (v2, memory.pressure): the share of time in which some, or all, tasks waited for memory. -ENOTSUP
 * where the kernel does not tell. */
#define ZMALLOC_SYSINFO_PRESSURE_MACHINE 0
#define ZMALLOC_SYSINFO_PRESSURE_CGROUP  1

#define ZMALLOC_SYSINFO_PRESSURE_SOME    (UINT32_C(1) << 0)
#define ZMALLOC_SYSINFO_PRESSURE_FULL    (UINT32_C(1) << 1)

struct zmalloc_sysinfo_stall {
    uint64_t avg10, avg60, avg300; /* hundredths of a percent, over so many seconds */
    uint64_t total_us;             /* microseconds since boot */
};
struct zmalloc_sysinfo_pressure {
    uint32_t struct_size; /* in: sizeof(struct zmalloc_sysinfo_pressure) */
    uint32_t has;         /* out */
    struct zmalloc_sysinfo_stall some, full;
};
ZMALLOC_API int zmalloc_sysinfo_pressure(uint32_t scope, struct zmalloc_sysinfo_pressure *out);

/* ---- for those who ask often ---- */

/* RSS of this process over a descriptor that stays open (Linux; elsewhere the same as asking anew):
 * 1 us instead of 5. Zeroed memory is a closed handle; it opens itself, and again after fork, where
 * a kept descriptor would go on telling of the parent. One thread at a time. */
struct zmalloc_sysinfo_rss {
    int64_t owner;
    int32_t fd, unused;
};
ZMALLOC_API int zmalloc_sysinfo_rss_read(struct zmalloc_sysinfo_rss *handle, uint64_t *bytes);
ZMALLOC_API void zmalloc_sysinfo_rss_close(struct zmalloc_sysinfo_rss *handle);

/* Private dirty for those who poll: reads anew only while reading takes at most `permille`
 * thousandths of the time (1 to 1000), else tells the last figure again; `age_ns` (or NULL) is how
 * old it is. Errors are kept as long. Set permille, zero the rest. One thread at a time, one
 * throttle for each pid. */
struct zmalloc_sysinfo_throttle {
    uint32_t permille;
    int32_t error;
    int64_t pid, owner;
    uint64_t bytes, taken_ns, next_ns;
};
ZMALLOC_API int zmalloc_sysinfo_private_dirty_throttled(struct zmalloc_sysinfo_throttle *throttle,
                                                        int64_t pid, uint64_t *bytes,
                                                        uint64_t *age_ns);

/* A number of /proc/self/stat: `field` from 3, as proc(5) counts them. 0; -EINVAL: no such field;
 * -EPROTO: it is no number; -ERANGE; -ENOTSUP but on Linux. `value` may be NULL. */
ZMALLOC_API int zmalloc_sysinfo_stat(int field, int64_t *value);

/* ---- the names that Redis users know ----
 * Thin wrappers: bytes, saturated at SIZE_MAX, and 0 for any error. `pid` -1 (or 0) is this
 * process. */

ZMALLOC_API size_t zmalloc_get_rss(void);
ZMALLOC_API size_t zmalloc_get_smap_bytes_by_field(const char *field, long pid);
ZMALLOC_API size_t zmalloc_get_private_dirty(long pid);
ZMALLOC_API size_t zmalloc_get_memory_size(void);

ZMALLOC_END

#endif
