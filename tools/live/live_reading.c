/* Three system calls: where the slots are; the slots; the allocator's totals that they point to,
 * and the slots again, which says whether the totals were still the threads' own.
 *
 * All that is allocated is read before anything that is freed, as in the process itself: then their
 * difference is never above what was really used at some moment.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "live_reading.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "remote.h"

enum {
    MOST_SLOTS = 1 << 20, /* as many threads at once as anybody has */
    MOST_CHUNKS = 32,
    TRIES = 8,
};

struct head {
    struct zm_live page;
    uint64_t chunks[MOST_CHUNKS];
    uint64_t peak, parents_peak;
    int64_t peak_time, parents_time;
    uint32_t count, threads;
    uint8_t current;
};

static int read_head(const struct zm_live_source *source, struct head *out)
{
    const struct zm_live *page = &source->page;
    const struct zm_live_sums *sums = &page->sums;
    struct zm_remote parts[] = {
        {source->address, &out->page, sizeof out->page},
        {page->slots.count, &out->count, sizeof out->count},
        {page->slots.chunks, out->chunks, page->slots.chunk_count * sizeof *out->chunks},
        {sums->peak, &out->peak, sizeof out->peak},
        {sums->peak_time, &out->peak_time, sizeof out->peak_time},
        {sums->parents_peak, &out->parents_peak, sizeof out->parents_peak},
        {sums->parents_peak_time, &out->parents_time, sizeof out->parents_time},
        {sums->threads, &out->threads, sizeof out->threads},
        {page->current, &out->current, sizeof out->current}, /* if it can be switched */
    };
    size_t count = sizeof parts / sizeof *parts - !page->current;
    out->current = 0;
    int status = zm_remote_read(source->pid, parts, count);
    if (status != 0)
        return status;
    if (memcmp(&out->page, page, sizeof *page) != 0)
        return -ENOENT;
    out->current &= (uint8_t)~ZM_LIVE_PURGE;
    return out->count > MOST_SLOTS || out->current > ZM_LIVE_BACKENDS ? -EBADMSG : 0;
}

/* ---- a slot ---- */

static uint64_t member(const char *slot, uint32_t offset)
{
    uint64_t value;
    memcpy(&value, slot + offset, sizeof value);
    return value;
}

/* The thread and its native totals are the same ones: what lay between the readings is theirs. */
static bool same_owner(const struct zm_live_slots *s, const char *slot, const char *later)
{
    if (!slot[s->native] && !later[s->native])
        return true;
    return slot[s->native] == later[s->native] &&
           member(slot, s->native_allocated) == member(later, s->native_allocated) &&
           member(slot, s->base_allocated) == member(later, s->base_allocated);
}

/* ---- all ---- */

/* A run of slots for each chunk, and the one that overflows last. */
static int slot_parts(const struct zm_live_slots *s, const struct head *head, char *to,
                      struct zm_remote *parts)
{
    int used = 0;
    uint64_t length = s->first;
    for (uint32_t at = 0; at < head->count; length *= 2) {
        uint64_t here = head->count - at < length ? head->count - at : length;
        if ((uint32_t)used == s->chunk_count)
            return -EBADMSG;
        parts[used] = (struct zm_remote){head->chunks[used], to + (size_t)at * s->slot_bytes,
                                         (size_t)here * s->slot_bytes};
        used++;
        at += (uint32_t)here;
    }
    parts[used] =
        (struct zm_remote){s->overflow, to + (size_t)head->count * s->slot_bytes, s->slot_bytes};
    return used + 1;
}

/* Where the two readings of the slots, and the allocator's totals, are put. */
struct room {
    char *first, *second;
    uint64_t *native;        /* allocated of all, then freed of all */
    struct zm_remote *parts; /* for all of them */
};

static bool make_room(uint32_t slots, uint32_t slot_bytes, struct room *out)
{
    out->first = malloc((size_t)slots * slot_bytes);
    out->second = malloc((size_t)slots * slot_bytes);
    out->native = calloc(slots, 2 * sizeof *out->native);
    out->parts = malloc((2 * (size_t)slots + MOST_CHUNKS + 1) * sizeof *out->parts);
    return out->first && out->second && out->native && out->parts;
}

static void free_room(struct room *room)
{
    free(room->first);
    free(room->second);
    free(room->native);
    free(room->parts);
}

static size_t native_parts(const struct zm_live_slots *s, const struct room *room, uint32_t slots)
{
    size_t used = 0;
    for (uint32_t side = 0; side < 2; side++) {
        for (uint32_t i = 0; i < slots; i++) {
            const char *slot = room->first + (size_t)i * s->slot_bytes;
            if (slot[s->native])
                room->parts[used++] =
                    (struct zm_remote){member(slot, side ? s->native_freed : s->native_allocated),
                                       &room->native[side * slots + i], sizeof *room->native};
        }
    }
    return used;
}

static int read_slots(const struct zm_live_source *source, const struct head *head,
                      struct room *room)
{
    const struct zm_live_slots *s = &source->page.slots;
    int count = slot_parts(s, head, room->first, room->parts);
    if (count < 0)
        return count;
    int status = zm_remote_read(source->pid, room->parts, (size_t)count);
    if (status != 0)
        return status;
    size_t natives = native_parts(s, room, head->count + 1);
    count = slot_parts(s, head, room->second, room->parts + natives);
    status = zm_remote_read(source->pid, room->parts, natives + (size_t)count);
    if (natives && status == -EBADMSG)
        return -EAGAIN; /* a thread has ended, and its totals have gone with it */
    for (uint32_t i = 0; i <= head->count && status == 0; i++) {
        size_t at = (size_t)i * s->slot_bytes;
        status = same_owner(s, room->first + at, room->second + at) ? 0 : -EAGAIN;
    }
    return status;
}

static void fill_in(const struct zm_live_slots *s, const struct room *room, uint32_t slots,
                    struct zm_live_totals *out)
{
    for (uint32_t i = 0; i < slots; i++) {
        const char *first = room->first + (size_t)i * s->slot_bytes;
        const char *second = room->second + (size_t)i * s->slot_bytes;
        out[i] = (struct zm_live_totals){
            .allocated = member(first, s->allocated),
            .freed = member(second, s->freed),
            .allocs = member(first, s->allocs),
            .frees = member(second, s->frees),
            .taken = second[s->taken] != 0,
            .before_allocated = member(first, s->before_allocated),
            .before_freed = member(first, s->before_freed),
            .before_allocs = member(first, s->before_allocs),
        };
        if (first[s->native]) {
            out[i].allocated = member(first, s->base_allocated) + room->native[i];
            out[i].freed = member(first, s->base_freed) + room->native[slots + i];
        }
        memcpy(&out[i].tid, second + s->tid, sizeof out[i].tid);
    }
}

static int take(const struct zm_live_source *source, struct zm_live_reading *out)
{
    struct head head;
    struct room room;
    int status = read_head(source, &head);
    if (status != 0)
        return status;
    uint32_t slots = head.count + 1;
    *out = (struct zm_live_reading){
        .totals = malloc(slots * sizeof *out->totals),
        .count = slots,
        .threads = head.threads,
        .current = head.current,
        .peak = head.peak,
        .own_peak = head.peak,
        .peak_time = head.peak_time,
    };
    if (head.parents_peak > head.peak) {
        out->peak = head.parents_peak;
        out->peak_time = head.parents_time;
    }
    if (!make_room(slots, source->page.slots.slot_bytes, &room) || !out->totals)
        status = -ENOMEM;
    else
        status = read_slots(source, &head, &room);
    if (status == 0)
        fill_in(&source->page.slots, &room, slots, out->totals);
    else
        free(out->totals);
    free_room(&room);
    return status;
}

int zm_live_reading_take(const struct zm_live_source *source, struct zm_live_reading *out)
{
    int status = -EAGAIN;
    for (int tries = 0; tries < TRIES && status == -EAGAIN; tries++)
        status = take(source, out);
    return status;
}

void zm_live_reading_free(struct zm_live_reading *reading)
{
    free(reading->totals);
    reading->totals = NULL;
}
