/* Where a running process keeps its account, for another process that may read its memory.
 *
 * One page tells it, mapped from a memory file whose name /proc/PID/maps shows: nothing is written
 * to it after the start, so what the account costs does not change by being readable. The reader
 * follows the addresses, with process_vm_readv say. It must not trust what it finds: a process can
 * write what it likes into its memory, and have a page of that name from elsewhere.
 *
 * A member is never moved or given another meaning within a version; new ones come last, and
 * `bytes` tells which are there.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BASE_LIVE_FORMAT_H
#define ZM_BASE_LIVE_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define ZM_LIVE_NAME    "zmalloc-live"
#define ZM_LIVE_MAGIC   UINT64_C(0x636f6c6c616d7a01) /* "\1zmalloc" */
#define ZM_LIVE_VERSION 1

/* The slots: chunk n has `first` << n of them. A slot's members are at these offsets, 64 bits each
 * but `native` and `taken`, which are a byte. */
struct zm_live_slots {
    uint64_t chunks;   /* address of `chunk_count` addresses; 0: that chunk isn't there */
    uint64_t count;    /* address of 32 bits: slots that were ever used */
    uint64_t overflow; /* address of one more slot */
    uint32_t chunk_count, first, slot_bytes;
    uint32_t allocated, freed, allocs, frees; /* what the slot itself counts */
    uint32_t native;                          /* then these are the bytes: base + what is there */
    uint32_t native_allocated, native_freed;  /* addresses of 64 bits */
    uint32_t base_allocated, base_freed;
    uint32_t taken; /* a thread has the slot */
    uint32_t tid;   /* 32 bits: the system's number of that thread; 0: not known */
    /* What the slot had counted before this thread took it. */
    uint32_t before_allocated, before_freed, before_allocs;
    uint32_t unused;
};

/* Addresses, of 64 bits each but where it is said. */
struct zm_live_sums {
    uint64_t threads; /* 32 bits */
    uint64_t peak, peak_time;
    uint64_t parents_peak, parents_peak_time; /* from before the fork; they count if higher */
};

struct zm_live_limits {
    uint64_t soft, hard; /* bytes; 0: none */
    uint64_t of;         /* ZMALLOC_LIMIT_USED or ZMALLOC_LIMIT_RSS */
    uint64_t reclaims, reclaimed, refused;
};

/* A number of the program's own. */
#define ZM_LIVE_NAME_MAX 48
struct zm_live_published {
    char name[ZM_LIVE_NAME_MAX];
    uint64_t value; /* address of 64 bits; 0: the entry is free */
};

/* Whether a number may be called so, with room for the end: as Prometheus has names. */
static inline bool zm_live_is_name(const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    size_t length = strnlen(name, ZM_LIVE_NAME_MAX);
    return length > 0 && length < ZM_LIVE_NAME_MAX && strspn(name, allowed) == length &&
           (*name < '0' || *name > '9');
}

/* Of a process that can be switched. */
#define ZM_LIVE_BACKENDS 16
#define ZM_LIVE_PURGE    0x20
struct zm_live_backend {
    char name[32], version[32];
};

/* What one slot's threads have counted in one heap. */
struct zm_live_heap_counts {
    uint64_t allocated, freed, allocs, frees;
    uint64_t unused[4]; /* the process's own */
};

/* A heap of the program. The counts and the peak are with those of its children. */
struct zm_live_heap {
    char name[ZM_LIVE_NAME_MAX];
    char backend[32];
    uint32_t live;   /* 0: there is none here; the rest counts for nothing */
    uint32_t parent; /* its place in the table; 0: none */
    uint64_t soft, hard;
    uint64_t peak;
    uint64_t reclaims, refused;
    uint64_t counts;      /* address of ... */
    uint64_t count_count; /* ... this many, by the place of the slot */
    struct zm_live_heap_counts others;
};

/* Where the heaps are: a table, each of whose entries begins with a struct zm_live_heap. 0: none
 * was ever made. The first entry is no heap's. */
struct zm_live_heaps {
    uint64_t table;
    uint32_t count, heap_bytes;
};

struct zm_live {
    uint64_t magic;
    uint32_t version, bytes;
    int64_t pid;     /* its own; its parent's in a copy that was forked past the library */
    int64_t started; /* when the choice was made, in seconds since 1970 */
    char backend[64], backend_version[64];
    struct zm_live_slots slots;
    struct zm_live_sums sums;
    uint64_t limits;    /* address of a struct zm_live_limits */
    uint64_t published; /* address of this many struct zm_live_published */
    uint64_t published_count;
    /* Address of a byte, 0 if there is none: 1 + the index below of the backend that new blocks
     * come from. Whoever may write it switches by that, to one whose bit in `may` is set. */
    uint64_t current, may;
    struct zm_live_backend backends[ZM_LIVE_BACKENDS];
    /* Not 0: with ZM_LIVE_PURGE in that byte, the next thread that allocates takes it out, and has
     * all other backends give back what they have free. */
    uint64_t purges;
    uint64_t heaps; /* address of a struct zm_live_heaps */
};

/* The bytes of the first page that this version had: a reader knows it without what came later. */
#define ZM_LIVE_BYTES_LEAST offsetof(struct zm_live, purges)

#endif
