/* Every figure against what the allocator itself prints, and against the system's RSS.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zmalloc.h>
#ifdef ZM_TEST_jemalloc
#    include <jemalloc/jemalloc.h>
#endif
#ifdef ZM_TEST_mimalloc
#    include <mimalloc.h>
#endif

#include "test.h"

/* gperftools' header has names of its own for each variant. */
#ifdef ZM_TEST_tcmalloc
void tcfull_MallocExtension_GetStats(char *buffer, int length);
#endif
#ifdef ZM_TEST_tcmalloc_minimal
void tcmin_MallocExtension_GetStats(char *buffer, int length);
#endif

enum { BLOCKS = 150000 };
static void *blocks[BLOCKS];
static size_t rss_before;
static struct zmalloc_allocator_info before;

static struct zmalloc_allocator_info sample(void)
{
    struct zmalloc_allocator_info a = {.struct_size = sizeof a};
    assert_int_equal(zmalloc_allocator_info(1, &a), 0);
    return a;
}

/* A heap with blocks of all sizes and holes of all sizes. */
static int fill(void **state)
{
    (void)state;
    uint64_t seed = 7;
    before = sample();
    rss_before = zmalloc_get_rss();
    for (size_t i = 0; i < BLOCKS; i++) {
        size_t size = zm_random(&seed) % 100 ? 16 + zm_random(&seed) % 900 : 20000;
        blocks[i] = memset(zmalloc(size), 1, size);
    }
    return 0;
}

static void make_holes(void)
{
    uint64_t seed = 9;
    for (size_t i = 0; i < BLOCKS; i++)
        if (zm_random(&seed) % 2) {
            zfree(blocks[i]);
            blocks[i] = NULL;
        }
}

static int empty(void **state)
{
    (void)state;
    for (size_t i = 0; i < BLOCKS; i++)
        zfree(blocks[i]);
    return 0;
}

static void assert_near(uint64_t a, uint64_t b, uint64_t slack)
{
    if ((a > b ? a - b : b - a) > slack)
        fail_msg("%llu and %llu are more than %llu apart", (unsigned long long)a,
                 (unsigned long long)b, (unsigned long long)slack);
}

/* What grew by 70 MB of touched blocks grew in memory by as much. */
static void resident_is_rss(void **state)
{
    (void)state;
    struct zmalloc_allocator_info after = sample();
    uint64_t grown = zmalloc_get_rss() - rss_before;
    assert_true(grown > 64 * ZM_MIB);
    /* mimalloc commits segments of 32 MiB at a time, of which one is there from the start. */
    uint64_t slack = zm_wanted_is("mimalloc") ? 40 * ZM_MIB : 0;
    uint64_t least = grown - grown / 20 - ZM_MIB - slack;
    if (after.has & ZMALLOC_ALLOCATOR_RESIDENT) {
        assert_in_range(after.resident - before.resident, least,
                        grown + grown / 20 + ZM_MIB + slack);
        assert_true(after.resident >= grown - grown / 20);
    }
    if (after.has & ZMALLOC_ALLOCATOR_MAPPED) {
        /* Unless so much was mapped ahead. */
        assert_true(after.mapped - before.mapped >= least || before.mapped >= 5 * grown);
        assert_true(after.mapped >= grown - grown / 20);
    }
    if (after.has & ZMALLOC_ALLOCATOR_ACTIVE)
        assert_near(after.active - before.active, grown, grown / 20 + ZM_MIB);
}

/* The account knows every block: where the allocator counts them too, it counts the same. */
static void allocated_is_used(void **state)
{
    (void)state;
    make_holes();
    struct zmalloc_allocator_info a = sample();
    if (a.has & ZMALLOC_ALLOCATOR_ALLOCATED) {
        uint64_t allocated = a.allocated - before.allocated;
        if (zm_wanted_is("libc")) /* a header of 8 bytes, and thread caches */
            assert_in_range(allocated, a.used, a.used + 8 * BLOCKS + ZM_MIB);
        else if (zm_wanted_is("jemalloc"))
            assert_near(allocated - a.thread_cache, a.used, 65536);
        else
            assert_near(allocated, a.used, 65536);
    }
    struct zmalloc_allocator_info arena = {.struct_size = sizeof arena};
    int status = zmalloc_arena_info(0, 1, &arena);
    if (zm_wanted_is("mimalloc") && status != -ENOTSUP) { /* since 3 it is */
        assert_int_equal(status, 0);
        assert_near(arena.allocated, a.used, 65536);
        assert_true(arena.active >= arena.allocated);
    }
}

/* ---- what it prints ---- */

static char text[4 << 20];

#if defined(ZM_TEST_jemalloc) || defined(ZM_TEST_mimalloc)
static void append(void *arg, const char *more)
{
    size_t length = strlen(text);
    (void)arg;
    assert_true(length + strlen(more) < sizeof text);
    strcpy(text + length, more);
}
#endif

/* The number after `label`, which is searched for behind `after`. */
static double number(const char *after, const char *label)
{
    const char *at = strstr(text, after);
    at = at ? strstr(at + strlen(after), label) : NULL;
    if (!at)
        fail_msg("'%s' behind '%s' is not in: %.2000s", label, after, text);
    return strtod(at + strlen(label), NULL);
}

#ifdef ZM_TEST_jemalloc
static uint64_t printed_frag(void)
{
    uint64_t sizes[256], rooms[256], sum = 0;
    size_t bins = 0;
    char *at = strstr(text, "\"bin\":");
    while ((at = strstr(at + 1, "\"size\":"))) {
        char *room = strstr(at, "\"nregs\":");
        char *end = strchr(at, '}');
        if (!room || room > end)
            break; /* the list of large classes has sizes alone */
        sizes[bins] = strtoull(at + 7, NULL, 10);
        rooms[bins++] = strtoull(room + 8, NULL, 10);
    }
    assert_true(bins > 20);
    at = strstr(strstr(text, "\"merged\":"), "\"bins\":");
    for (size_t i = 0; i < bins; i++) {
        at = strstr(at + 1, "\"nmalloc\":");
        uint64_t taken = strtoull(strstr(at, "\"curregs\":") + 10, NULL, 10);
        uint64_t slabs = strtoull(strstr(at, "\"curslabs\":") + 11, NULL, 10);
        sum += (slabs * rooms[i] - taken) * sizes[i];
    }
    return sum;
}

/* Printing takes a buffer, and its own caches move: 0.3 % of this heap. */
enum { JEMALLOC_SLACK = 131072 };

static void against_jemalloc(struct zmalloc_allocator_info *a)
{
    size_t page = 0, size = sizeof page;
    assert_int_equal(je_mallctl("arenas.page", &page, &size, NULL, 0), 0);
    je_malloc_stats_print(append, NULL, "Jax"); /* JSON, no single arenas, no mutexes */
    *a = sample();
    assert_near(a->allocated, (uint64_t)number("\"stats\":", "\"allocated\":"), JEMALLOC_SLACK);
    assert_near(a->active, (uint64_t)number("\"stats\":", "\"active\":"), JEMALLOC_SLACK);
    assert_near(a->resident, (uint64_t)number("\"stats\":", "\"resident\":"), JEMALLOC_SLACK);
    assert_near(a->mapped, (uint64_t)number("\"stats\":", "\"mapped\":"), JEMALLOC_SLACK);
    assert_near(a->retained, (uint64_t)number("\"stats\":", "\"retained\":"), JEMALLOC_SLACK);
    assert_near(a->metadata, (uint64_t)number("\"stats\":", "\"metadata\":"), JEMALLOC_SLACK);
    assert_near(a->dirty, page * (uint64_t)number("\"merged\":", "\"pdirty\":"), JEMALLOC_SLACK);
    assert_near(a->muzzy, page * (uint64_t)number("\"merged\":", "\"pmuzzy\":"), JEMALLOC_SLACK);
    assert_near(a->thread_cache, (uint64_t)number("\"merged\":", "\"tcache_bytes\":"),
                JEMALLOC_SLACK);
    assert_near(a->frag_smallbins, printed_frag(), JEMALLOC_SLACK);
    assert_true(a->frag_smallbins > ZM_MIB && a->thread_cache > 0);
    assert_true(a->arenas >= 1);
}
#endif

#if defined(ZM_TEST_tcmalloc) || defined(ZM_TEST_tcmalloc_minimal)
static void against_tcmalloc(struct zmalloc_allocator_info *a, void (*print)(char *, int))
{
    print(text, 9000);
    *a = sample();
    uint64_t central = (uint64_t)number("Bytes in page heap freelist", "+ ");
    uint64_t transfer = (uint64_t)number("Bytes in central cache freelist", "+ ");
    assert_near(a->allocated, (uint64_t)number("---\n", "MALLOC: "), 65536);
    assert_near(a->dirty, (uint64_t)number("Bytes in use by application", "+ "), 65536);
    assert_near(a->central_cache, central + transfer, 65536);
    assert_near(a->thread_cache, (uint64_t)number("Bytes in transfer cache freelist", "+ "), 65536);
    assert_near(a->metadata, (uint64_t)number("Bytes in thread cache freelists", "+ "), 65536);
    assert_near(a->resident, (uint64_t)number("Bytes in malloc metadata", "= "), 65536);
    assert_near(a->retained, (uint64_t)number("Actual memory used", "+ "), 65536);
    assert_near(a->mapped, (uint64_t)number("Bytes released to OS", "= "), 65536);
    assert_int_equal(a->active, a->allocated + a->central_cache + a->thread_cache);
    assert_true(a->central_cache > ZM_MIB && a->thread_cache > 0);
}
#endif

#ifdef ZM_TEST_mimalloc
static void append_mimalloc(const char *more, void *arg)
{
    append(arg, more);
}

/* Where the column "current" stands in the table that a line is in: not every release has it at the
 * same place, nor all in one table. */
static int columns_to_current(const char *line)
{
    const char *peak = NULL;
    for (const char *at = text; (at = strstr(at, " peak ")) && at < line; at++)
        peak = at;
    assert_non_null(peak);
    const char *end = strstr(peak, "current");
    int columns = 0;
    assert_non_null(end);
    for (const char *at = peak + 1; at <= end; at++)
        columns += *at != ' ' && at[-1] == ' ';
    return columns;
}

struct printed {
    uint64_t value, slack; /* it prints a tenth of a unit */
};

/* "committed:  peak total freed current": a unit behind each but 0. */
static struct printed current(const char *label)
{
    double value = 0, scale = 1;
    char *line = strstr(text, label);
    assert_non_null(line);
    char *at = strchr(line, ':');
    assert_non_null(at);
    at++;
    for (int column = columns_to_current(line); column > 0; column--) {
        value = strtod(at, &at);
        scale = strncmp(at, " Ki", 3) == 0   ? 1024.0
                : strncmp(at, " Mi", 3) == 0 ? (double)ZM_MIB
                : strncmp(at, " Gi", 3) == 0 ? 1024.0 * ZM_MIB
                                             : 1;
        at += strcspn(at, "B0123456789\n");
        at += *at == 'B';
    }
    return (struct printed){(uint64_t)(value * scale), (uint64_t)scale / 10 + ZM_MIB / 10};
}

static void against_mimalloc(struct zmalloc_allocator_info *a)
{
    mi_stats_print_out(append_mimalloc, NULL);
    *a = sample();
    struct printed committed = current("committed"), reserved = current("reserved");
    if (a->has & ZMALLOC_ALLOCATOR_RESIDENT)
        assert_near(a->resident, committed.value, committed.slack);
    if (a->has & ZMALLOC_ALLOCATOR_MAPPED)
        assert_near(a->mapped, reserved.value, reserved.slack);
    if (a->has & ZMALLOC_ALLOCATOR_RETAINED)
        assert_near(a->retained, reserved.value - committed.value,
                    committed.slack + reserved.slack);
}
#endif

/* rpmalloc and snmalloc print nothing. What a large block adds is known, and the system knows what
 * was mapped for it. */
static size_t addresses(void)
{
    size_t pages = 0;
    FILE *statm = fopen("/proc/self/statm", "r");
    assert_non_null(statm);
    assert_int_equal(fscanf(statm, "%zu", &pages), 1);
    fclose(statm);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static void by_a_large_block(struct zmalloc_allocator_info *a)
{
    struct zmalloc_allocator_info few = sample();
    size_t then = addresses(), usable;
    void *block = zmalloc_usable(700 * ZM_MIB, &usable);
    *a = sample();
    assert_near(a->allocated - few.allocated, usable, 0);
    if (a->has & ZMALLOC_ALLOCATOR_MAPPED) {
        assert_near(a->mapped - few.mapped, usable, ZM_MIB);
        assert_near(a->mapped - few.mapped, addresses() - then, 0);
        assert_near(a->resident - few.resident, usable, ZM_MIB); /* as if touched */
        assert_near(a->retained, a->mapped - a->resident, 0);
    } else {
        assert_near(a->active - few.active, usable, ZM_MIB);
    }
    zfree(block);
    assert_near(sample().mapped, few.mapped, 0);
    assert_near(sample().resident, few.resident, 0);
    assert_near(sample().active, few.active, ZM_MIB);
}

/* The totals stand behind the last heap. */
static void against_libc(struct zmalloc_allocator_info *a)
{
    FILE *stream = fmemopen(text, sizeof text, "w");
    assert_non_null(stream);
    assert_int_equal(malloc_info(0, stream), 0);
    fclose(stream);
    *a = sample();
    char *totals = text;
    uint32_t heaps = 0;
    for (char *at = text; (at = strstr(at, "</heap>")); at++, heaps++)
        totals = at;
    memmove(text, totals, strlen(totals) + 1);
    uint64_t fast = (uint64_t)number("type=\"fast\"", "size=\"");
    uint64_t rest = (uint64_t)number("type=\"rest\"", "size=\"");
    uint64_t mmapped = (uint64_t)number("type=\"mmap\"", "size=\"");
    uint64_t system = (uint64_t)number("<system type=\"current\"", "size=\"");
    assert_near(a->dirty, fast + rest, 65536);
    assert_near(a->mapped, system + mmapped, 65536);
    assert_near(a->allocated, system + mmapped - fast - rest, 65536);
    assert_int_equal(a->arenas, heaps);
    assert_true(a->dirty > ZM_MIB);
}

static void it_prints_the_same(void **state)
{
    (void)state;
    struct zmalloc_allocator_info a = {0};
#ifdef ZM_TEST_jemalloc
    if (zm_wanted_is("jemalloc"))
        against_jemalloc(&a);
#endif
#ifdef ZM_TEST_tcmalloc
    if (zm_wanted_is("tcmalloc"))
        against_tcmalloc(&a, tcfull_MallocExtension_GetStats);
#endif
#ifdef ZM_TEST_tcmalloc_minimal
    if (zm_wanted_is("tcmalloc_minimal"))
        against_tcmalloc(&a, tcmin_MallocExtension_GetStats);
#endif
#ifdef ZM_TEST_mimalloc
    if (zm_wanted_is("mimalloc"))
        against_mimalloc(&a);
#endif
    if (zm_wanted_is("rpmalloc") || zm_wanted_is("snmalloc"))
        by_a_large_block(&a);
    if (zm_wanted_is("libc"))
        against_libc(&a);
    assert_true(a.has & ~ZMALLOC_ALLOCATOR_USED); /* one of them has looked */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resident_is_rss),
        cmocka_unit_test(allocated_is_used),
        cmocka_unit_test(it_prints_the_same),
    };
    return cmocka_run_group_tests(tests, fill, empty);
}
