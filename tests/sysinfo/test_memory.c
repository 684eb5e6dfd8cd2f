/* Known mappings of this process: what was touched must be what is told.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "helpers.h"
#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define BLOCK (64 * MB)
#define SLACK (2 * MB) /* what cmocka, libc and a sanitizer may touch in between */

static char *map(size_t size)
{
    char *block = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(block != MAP_FAILED);
    return block;
}

static void touching_64_mb(void **state)
{
    const uint32_t wanted = ZMALLOC_SYSINFO_ALL;
    struct zmalloc_sysinfo_memory before = ask(0, wanted), mapped, after, gone;
    char *block = map(BLOCK);
    (void)state;
    mapped = ask(0, wanted);
    memset(block, 1, BLOCK);
    after = ask(0, wanted);
    assert_near(mapped.virtual_size - before.virtual_size, BLOCK, SLACK);
    assert_near(mapped.rss, before.rss, SLACK);
    assert_near(after.rss - before.rss, BLOCK, SLACK);
    assert_near(after.private_dirty - before.private_dirty, BLOCK, SLACK);
    assert_near(after.private_resident - before.private_resident, BLOCK, SLACK);
    assert_near(after.private_estimate - before.private_estimate, BLOCK, SLACK);
    assert_near(after.anonymous - before.anonymous, BLOCK, SLACK);
    assert_near(after.pss - before.pss, BLOCK, SLACK);
    assert_near(after.shared, before.shared, SLACK);
    assert_true(after.page_tables > before.page_tables || after.anon_huge >= BLOCK / 2);
    assert_true(after.peak_rss >= after.rss);
    assert_int_equal(munmap(block, BLOCK), 0);
    gone = ask(0, wanted);
    assert_near(gone.rss, before.rss, SLACK);
    assert_near(gone.private_dirty, before.private_dirty, SLACK);
    assert_true(gone.peak_rss >= after.rss - SLACK);
}

static void shared_memory_is_shared(void **state)
{
    struct zmalloc_sysinfo_memory before = ask(0, ZMALLOC_SYSINFO_CHEAP), after;
    char *block = mmap(NULL, 16 * MB, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    (void)state;
    assert_true(block != MAP_FAILED);
    memset(block, 1, 16 * MB);
    after = ask(0, ZMALLOC_SYSINFO_CHEAP);
    assert_near(after.rss - before.rss, 16 * MB, SLACK);
    assert_near(after.shared - before.shared, 16 * MB, SLACK);
    assert_near(after.private_estimate, before.private_estimate, SLACK);
    munmap(block, 16 * MB);
}

static void lazy_free_is_seen(void **state)
{
    char *block = map(16 * MB);
    struct zmalloc_sysinfo_memory memory;
    (void)state;
    memset(block, 1, 16 * MB);
    if (madvise(block, 16 * MB, MADV_FREE))
        skip();
    memory = ask(0, ZMALLOC_SYSINFO_LAZY_FREE);
    munmap(block, 16 * MB);
    if (!(memory.has & ZMALLOC_SYSINFO_LAZY_FREE))
        skip();
    assert_near(memory.lazy_free, 16 * MB, SLACK);
}

/* After fork the pages are shared until one side writes. The child's findings come as its exit
 * status. */
static int child_findings(char *block)
{
    const uint32_t wanted = ZMALLOC_SYSINFO_PRIVATE_DIRTY | ZMALLOC_SYSINFO_SHARED_DIRTY |
                            ZMALLOC_SYSINFO_PRIVATE_ESTIMATE;
    struct zmalloc_sysinfo_memory shared = {.struct_size = sizeof shared}, written = shared;
    if (zmalloc_sysinfo_memory(0, wanted, &shared) || shared.has != wanted)
        return 1;
    memset(block, 2, BLOCK / 2);
    if (zmalloc_sysinfo_memory(0, wanted, &written))
        return 2;
    if (shared.private_dirty > BLOCK / 4 || shared.shared_dirty < BLOCK - SLACK)
        return 3;
    if (shared.private_estimate <
        BLOCK - SLACK) /* the estimate is wrong here, as its comment says */
        return 4;
    if (written.private_dirty - shared.private_dirty < BLOCK / 2 - SLACK ||
        written.private_dirty - shared.private_dirty > BLOCK / 2 + SLACK)
        return 5;
    return 0;
}

static void fork_shares_and_writing_separates(void **state)
{
    char *block = map(BLOCK);
    int status;
    pid_t child;
    (void)state;
    memset(block, 1, BLOCK);
    child = fork();
    assert_true(child >= 0);
    if (!child)
        _exit(child_findings(block));
    assert_int_equal(waitpid(child, &status, 0), child);
    munmap(block, BLOCK);
    assert_int_equal(status, 0);
}

static void smaps_fields_by_name(void **state)
{
    uint64_t bytes = 0, again = 0, size = 0;
    struct zmalloc_sysinfo_memory memory;
    (void)state;
    assert_int_equal(zmalloc_sysinfo_smaps(0, "Private_Dirty", &bytes), 0);
    assert_int_equal(zmalloc_sysinfo_smaps(0, "Private_Dirty:", &again), 0);
    assert_int_not_equal(bytes, 0);
    assert_near(bytes, again, SLACK);
    memory = ask(0, ZMALLOC_SYSINFO_VIRTUAL);
    assert_int_equal(zmalloc_sysinfo_smaps(0, "Size", &size), 0); /* only full smaps has it */
    assert_near(size, memory.virtual_size, SLACK);
    bytes = 77;
    assert_int_equal(zmalloc_sysinfo_smaps(0, "VmFlags", &bytes), -EINVAL);
    assert_int_equal(zmalloc_sysinfo_smaps(0, "No_Such_Field", &bytes), -ENODATA);
    assert_int_equal(zmalloc_sysinfo_smaps(0, "", &bytes), -EINVAL);
    assert_int_equal(zmalloc_sysinfo_smaps(0, ":", &bytes), -EINVAL);
    assert_int_equal(zmalloc_sysinfo_smaps(0, "Pss:x", &bytes), -EINVAL);
    assert_int_equal(zmalloc_sysinfo_smaps(0, "P ss", &bytes), -EINVAL);
    assert_int_equal(
        zmalloc_sysinfo_smaps(0, "A123456789B123456789C123456789D123456789E12345678", &bytes),
        -EINVAL);
    assert_int_equal(zmalloc_sysinfo_smaps(0, NULL, &bytes), -EINVAL);
    assert_int_equal(zmalloc_sysinfo_smaps(0, "Pss", NULL), -EINVAL);
    assert_int_equal(zmalloc_sysinfo_smaps(-1, "Pss", &bytes), -EINVAL);
    assert_int_equal(bytes, 77);
}

static void nobody_pays_for_what_is_not_wanted(void **state)
{
    static const uint32_t bits[] = {ZMALLOC_SYSINFO_RSS, ZMALLOC_SYSINFO_PEAK_RSS,
                                    ZMALLOC_SYSINFO_PSS};
    (void)state;
    for (size_t i = 0; i < sizeof bits / sizeof *bits; i++) {
        struct zmalloc_sysinfo_memory memory = ask(0, bits[i]);
        assert_int_equal(memory.has, bits[i]);
    }
}

static void unknown_is_not_zero(void **state)
{
    struct zmalloc_sysinfo_memory memory = ask(0, ZMALLOC_SYSINFO_ALL);
    (void)state;
    assert_int_equal(memory.has & (ZMALLOC_SYSINFO_FOOTPRINT | ZMALLOC_SYSINFO_COMPRESSED |
                                   ZMALLOC_SYSINFO_COMMIT),
                     0);
    assert_int_equal(ask_error(0, ZMALLOC_SYSINFO_FOOTPRINT), -ENOTSUP);
    assert_int_equal(ask_error(0, UINT32_C(1) << 31), -ENOTSUP);
    assert_int_equal(ask_error(0, 0), -EINVAL);
    assert_int_equal(ask_error(-1, ZMALLOC_SYSINFO_RSS), -EINVAL);
    assert_int_equal(zmalloc_sysinfo_memory(0, ZMALLOC_SYSINFO_RSS, NULL), -EINVAL);
}

static void older_and_newer_structs(void **state)
{
    struct {
        struct zmalloc_sysinfo_memory memory;
        uint64_t guard;
    } room;
    (void)state;
    for (uint32_t fields = 1; fields <= 20; fields++) {
        size_t size = offsetof(struct zmalloc_sysinfo_memory, rss) + fields * sizeof(uint64_t);
        memset(&room, 0x5a, sizeof room);
        room.memory.struct_size = (uint32_t)size;
        assert_int_equal(zmalloc_sysinfo_memory(0, ZMALLOC_SYSINFO_ALL, &room.memory), 0);
        assert_int_equal(room.memory.struct_size, size);
        assert_true(room.memory.has & ZMALLOC_SYSINFO_RSS);
        assert_int_equal((uint64_t)room.memory.has >> fields, 0);
        for (size_t i = size; i < sizeof room; i++)
            assert_int_equal(((unsigned char *)&room)[i], 0x5a);
    }
    memset(&room, 0x5a, sizeof room);
    room.memory.struct_size = 8;
    assert_int_equal(zmalloc_sysinfo_memory(0, ZMALLOC_SYSINFO_ALL, &room.memory), -EINVAL);
    room.memory.struct_size = (uint32_t)offsetof(struct zmalloc_sysinfo_memory, shared);
    assert_int_equal(zmalloc_sysinfo_memory(0, ZMALLOC_SYSINFO_SHARED, &room.memory), -ENOTSUP);
}

static void ram_is_what_libc_says(void **state)
{
    uint64_t bytes = 0;
    (void)state;
    assert_int_equal(zmalloc_sysinfo_ram(&bytes), 0);
    assert_int_equal(bytes, (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE));
    assert_int_equal(zmalloc_sysinfo_ram(NULL), -EINVAL);
}

static void classic_names(void **state)
{
    char *block = map(BLOCK);
    size_t rss = zmalloc_get_rss(), dirty = zmalloc_get_private_dirty(-1);
    (void)state;
    memset(block, 1, BLOCK);
    assert_near(zmalloc_get_rss() - rss, BLOCK, SLACK);
    assert_near(zmalloc_get_private_dirty(-1) - dirty, BLOCK, SLACK);
    assert_near(zmalloc_get_private_dirty(getpid()) - dirty, BLOCK, SLACK);
    assert_near(zmalloc_get_smap_bytes_by_field("Private_Dirty:", -1) - dirty, BLOCK, SLACK);
    munmap(block, BLOCK);
    assert_int_equal(zmalloc_get_memory_size(),
                     (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE));
    assert_int_equal(zmalloc_get_smap_bytes_by_field("No_Such_Field:", -1), 0);
    assert_int_equal(zmalloc_get_smap_bytes_by_field(NULL, -1), 0);
    assert_int_equal(zmalloc_get_private_dirty(-2), 0);
}

static int descriptors(void)
{
    DIR *dir = opendir("/proc/self/fd");
    int count = 0;
    assert_non_null(dir);
    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}

static void nothing_is_left_behind(void **state)
{
    int before = descriptors();
    uint64_t bytes;
    (void)state;
    for (int i = 0; i < 100; i++) {
        errno = 4711;
        ask(0, ZMALLOC_SYSINFO_ALL);
        ask_error(INT64_MAX, ZMALLOC_SYSINFO_ALL);
        zmalloc_sysinfo_smaps(0, "VmFlags", &bytes);
        zmalloc_sysinfo_smaps(0, "No_Such_Field", &bytes);
        zmalloc_sysinfo_ram(&bytes);
        zmalloc_get_rss();
        assert_int_equal(errno, 4711);
    }
    assert_int_equal(descriptors(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(touching_64_mb),
        cmocka_unit_test(shared_memory_is_shared),
        cmocka_unit_test(lazy_free_is_seen),
        cmocka_unit_test(fork_shares_and_writing_separates),
        cmocka_unit_test(smaps_fields_by_name),
        cmocka_unit_test(nobody_pays_for_what_is_not_wanted),
        cmocka_unit_test(unknown_is_not_zero),
        cmocka_unit_test(older_and_newer_structs),
        cmocka_unit_test(ram_is_what_libc_says),
        cmocka_unit_test(classic_names),
        cmocka_unit_test(nothing_is_left_behind),
    };
    if (access("/proc/self/smaps_rollup", R_OK)) {
        puts("skipped: no /proc/self/smaps_rollup here");
        return 77;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
