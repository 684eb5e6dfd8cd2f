/* What the parts of guard share: the blocks it knows, and the reports.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BACKENDS_WRAP_GUARD_H
#define ZM_BACKENDS_WRAP_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ZM_GUARD_FRAMES = 16 };

/* Who did something: a thread, and the calls it was in. */
struct zm_guard_site {
    int64_t thread;
    uint32_t frames;
    uintptr_t frame[ZM_GUARD_FRAMES];
};

/* [base, ptr) and [ptr + size, base + span) are ours, filled with a pattern; a guard page follows
 * if the block is on pages of its own. */
struct zm_guard_block {
    struct zm_guard_block *next;  /* in its bucket, or unused */
    struct zm_guard_block *newer; /* in the quarantine */
    char *base, *ptr;
    size_t size, span;
    bool paged, freed;
    struct zm_guard_site allocated, released;
};

/* ---- guard_table.c: one lock, under which nothing is called ---- */

void zm_guard_table_start(void);
void zm_guard_lock(void);
void zm_guard_unlock(void);

/* A block to be filled in; NULL: no memory. Takes the lock, as zm_guard_recycle does. */
struct zm_guard_block *zm_guard_new(void);
void zm_guard_recycle(struct zm_guard_block *block);

/* With the lock held. insert is false if there is no memory. */
bool zm_guard_insert(struct zm_guard_block *block);
void zm_guard_remove(struct zm_guard_block *block);
struct zm_guard_block *zm_guard_find(const void *ptr);

/* The block in or around which an address lies; NULL: there is none. It is slow. A process that is
 * dying may call it without the lock. */
struct zm_guard_block *zm_guard_around(const void *address, size_t page);

/* Calls `look` with every live block, with the lock held; with none if that is taken. */
void zm_guard_each(void (*look)(const struct zm_guard_block *block));

/* ---- guard_report.c ---- */

/* `page`: the size of one; `frames`: how many to note. */
void zm_guard_report_start(size_t page, unsigned frames);

/* Notes who is calling. */
void zm_guard_note(struct zm_guard_site *site);

/* "zmalloc guard: WHAT PTR WORDS FIGURE", the block, its sites and the caller, on stderr. `block`
 * may be NULL: what lies around ptr is looked for. */
void zm_guard_report(const char *what, const void *ptr, const char *words, const char *figure,
                     const struct zm_guard_block *block);

/* Report likewise, then abort: the first without a figure, the second with one. */
_Noreturn void zm_guard_dies(const char *what, const void *ptr, const struct zm_guard_block *block);
_Noreturn void zm_guard_dies_of(const char *what, const void *ptr, const char *words, uint64_t n,
                                const struct zm_guard_block *block);

/* ---- guard_signal.c ---- */

/* Catches SIGSEGV and SIGBUS. */
void zm_guard_signals_start(size_t page);

#endif
