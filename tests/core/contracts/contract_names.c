/* The names that are neither allocation nor failure. symbols.sh checks that these parts together
 * use every name of zmalloc.sym.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <zmalloc.h>

#include "contract.h"
#include "tests/core/test.h"
#include "tests/core/ways.h"

static void copies_of_strings(void **state)
{
    (void)state;
    size_t before = zmalloc_used_memory();
    char text[5001] = "";
    for (size_t length = 0; length < sizeof text; length += 1 + length / 7) {
        memset(text, 'a' + (int)(length % 26), length);
        text[length] = '\0';
        size_t usable;
        char *one = zstrdup(text), *two = zstrdup_usable(text, &usable);
        char *three = zstrdup_usable(text, NULL);
        assert_string_equal(one, text);
        assert_string_equal(two, text);
        assert_string_equal(three, text);
        assert_int_equal(usable, zmalloc_size(two));
        assert_true(usable > length);
        zfree_with_size(one, length + 1);
        zfree_with_size(two, usable);
        zfree(three);
        assert_int_equal(zmalloc_used_memory(), before);
    }
}

static void null_has_no_size(void **state)
{
    (void)state;
    size_t usable = 77;
    assert_int_equal(zmalloc_size(NULL), 0);
    assert_int_equal(zmalloc_usable_size(NULL), 0);
    zfree_usable(NULL, &usable);
    assert_int_equal(usable, 0);
    zfree_usable(NULL, NULL);
}

static void usable_may_go_untold(void **state)
{
    (void)state;
    void *blocks[] = {zmalloc_usable(10, NULL),           zcalloc_usable(10, NULL),
                      zrealloc_usable(NULL, 10, NULL),    ztrymalloc_usable(10, NULL),
                      ztrycalloc_usable(10, NULL),        ztryrealloc_usable(NULL, 10, NULL),
                      zaligned_alloc_usable(16, 10, NULL)};
    for (size_t i = 0; i < ZM_COUNT_OF(blocks); i++) {
        assert_non_null(blocks[i]);
        zfree(blocks[i]);
    }
}

static void libc_stays_out_of_the_account(void **state)
{
    (void)state;
    size_t before = zmalloc_used_memory();
    char *block = zlibc_malloc(100);
    assert_non_null(block);
    memset(block, 7, 100);
    block = zlibc_realloc(block, 100000);
    assert_non_null(block);
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(block[i], 7);
    char *zeros = zlibc_calloc(30, 40);
    assert_non_null(zeros);
    assert_true(zm_is_zero(zeros, 1200));
    static volatile size_t many = SIZE_MAX / 2; /* the compiler would see and warn */
    assert_null(zlibc_calloc(many, 4));
    assert_int_equal(zmalloc_used_memory(), before);
    zlibc_free(zeros);
    free(block); /* the very same heap */
    zlibc_free(malloc(10));
    zlibc_free(NULL);
    zlibc_trim();
    assert_int_equal(zmalloc_used_memory(), before);
}

static void this_backend_is_running(void **state)
{
    (void)state;
    char lib[128] = "";
    size_t running = 0, defaults = 0;
    if (!strchr(zm_wanted_backend(), '/')) /* a file's name is not the backend's */
        assert_string_equal(zmalloc_backend_name(), zm_wanted_backend());
    for (size_t i = 0; i < zmalloc_backend_count(); i++) {
        struct zmalloc_backend_info info = {.struct_size = sizeof info};
        assert_int_equal(zmalloc_backend_describe(i, &info), 0);
        assert_true(info.name[0] && info.version[0]);
        defaults += info.is_default == 1;
        if (!info.is_running)
            continue;
        running++;
        assert_string_equal(info.name, zmalloc_backend_name());
        strcat(strcat(strcat(lib, info.name), "-"), info.version);
    }
    assert_int_equal(running, 1);
    assert_int_equal(defaults, 1);
    assert_string_equal(ZMALLOC_LIB, lib);
    assert_ptr_equal(zmalloc_lib(), ZMALLOC_LIB);
    assert_true(strchr(zmalloc_version(), '.'));
}

static void bad_questions(void **state)
{
    (void)state;
    struct zmalloc_backend_info info = {.struct_size = sizeof info, .caps = 77};
    assert_int_equal(zmalloc_backend_describe(zmalloc_backend_count(), &info), -EINVAL);
    assert_int_equal(zmalloc_backend_describe(SIZE_MAX, &info), -EINVAL);
    info.struct_size--;
    assert_int_equal(zmalloc_backend_describe(0, &info), -EINVAL);
    assert_int_equal(info.caps, 77);
    assert_null(zmalloc_capability_name(0));
    assert_null(zmalloc_capability_name(ZMALLOC_CAP_USABLE | ZMALLOC_CAP_SIZED_FREE));
    assert_null(zmalloc_capability_name(UINT32_C(1) << 31));
}

static void every_capability_has_a_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < zmalloc_backend_count(); i++) {
        struct zmalloc_backend_info info = {.struct_size = sizeof info};
        assert_int_equal(zmalloc_backend_describe(i, &info), 0);
        for (uint32_t bit = 1; bit; bit <<= 1)
            if (info.caps & bit)
                assert_non_null(zmalloc_capability_name(bit));
    }
}

static void the_account(void **state)
{
    (void)state;
    struct zmalloc_stats s = {.struct_size = sizeof s};
    zmalloc_enable_thread_safeness();
    size_t usable;
    void *ptr = zmalloc_usable(1000, &usable);
    assert_int_equal(zmalloc_get_stats(&s), 0);
    assert_int_equal(s.used_bytes, zmalloc_used_memory());
    assert_int_equal(s.used_bytes, s.allocated_bytes - s.freed_bytes);
    assert_int_equal(s.peak_bytes, zmalloc_get_peak_memory());
    assert_int_equal(s.peak_time, zmalloc_get_peak_memory_time());
    assert_true(zmalloc_get_fragmentation_ratio(2 * s.used_bytes) > 1.99f);
    assert_true(zmalloc_get_fragmentation_ratio(2 * s.used_bytes) < 2.01f);
    zfree(ptr);
    if (s.used_bytes == usable)
        assert_true(zmalloc_get_fragmentation_ratio(1000) == 0);
    s.struct_size++;
    assert_int_equal(zmalloc_get_stats(&s), -EINVAL);
    s.struct_size = 0;
    assert_int_equal(zmalloc_get_stats(&s), -EINVAL);
}

/* That they are there; tests/sysinfo looks at what they say. */
static void the_system(void **state)
{
    (void)state;
    struct zmalloc_sysinfo_memory memory = {.struct_size = sizeof memory};
    uint64_t bytes = 0;
    assert_true(zmalloc_get_rss() > 0);
    assert_true(zmalloc_get_memory_size() > zmalloc_get_rss());
    assert_true(zmalloc_get_private_dirty(-1) > 0);
    assert_true(zmalloc_get_smap_bytes_by_field("Rss:", -1) > 0);
    assert_int_equal(zmalloc_sysinfo_memory(0, ZMALLOC_SYSINFO_RSS, &memory), 0);
    assert_int_equal(zmalloc_sysinfo_smaps(0, "Rss", &bytes), 0);
    assert_int_equal(zmalloc_sysinfo_ram(&bytes), 0);
}

/* tests/wraps looks at what they do. */
static void wraps(void **state)
{
    (void)state;
    const char *why = "", *running = getenv("ZMALLOC_WRAP");
    assert_string_equal(zmalloc_wraps(), running ? running : "");
    if (running && *running) {
        assert_int_equal(zmalloc_check_wraps("count", &why), -EBUSY);
        assert_non_null(why);
        return;
    }
    assert_int_equal(zmalloc_check_wraps("", &why), 0);
    assert_null(why);
    int error = zmalloc_check_wraps("count,nonsense", &why);
    assert_int_equal(error, -EINVAL);
    assert_non_null(why);
}

/* tests/limit looks at what they do. */
static void limits(void **state)
{
    (void)state;
    struct zmalloc_limit none = {.struct_size = 1};
    assert_int_equal(zmalloc_set_limit(&none), -EINVAL);
    assert_int_equal(zmalloc_set_limit(NULL), 0);
    struct zmalloc_limit_state now = {.struct_size = sizeof now};
    assert_int_equal(zmalloc_get_limit(&now), 0);
    assert_true(now.soft == 0 && now.hard == 0);
    now.struct_size = 0;
    assert_int_equal(zmalloc_get_limit(&now), -EINVAL);
}

/* tests/tools looks at how it is shown. */
static void published_numbers(void **state)
{
    (void)state;
    static uint64_t numbers[80];
    static char names[80][8];
    static const char *const bad[] = {"", "1st", "a b", "a-b",
                                      "a_name_of_which_there_are_more_than_47_characters"};
    for (size_t i = 0; i < ZM_COUNT_OF(bad); i++)
        assert_int_equal(zmalloc_publish(bad[i], numbers), -EINVAL);
    assert_int_equal(zmalloc_publish("odd", (uint64_t *)((char *)numbers + 1)), -EINVAL);
    assert_int_equal(zmalloc_publish("none", NULL), -ENOENT);
    assert_int_equal(zmalloc_publish("a", &numbers[0]), 0);
    assert_int_equal(zmalloc_publish("a", &numbers[1]), -EEXIST);
    assert_int_equal(zmalloc_publish("a", NULL), 0);
    size_t count = 0;
    int status = 0;
    for (; count < 80 && status == 0; count++) {
        snprintf(names[count], sizeof names[count], "n%zu", count);
        status = zmalloc_publish(names[count], &numbers[count]);
    }
    assert_int_equal(status, -ENOSPC);
    assert_int_equal(count, 65);
    while (--count)
        assert_int_equal(zmalloc_publish(names[count - 1], NULL), 0);
}

/* tests/switch looks at what it does. */
static void switching(void **state)
{
    (void)state;
    const char *running = zmalloc_backend_name();
    assert_int_equal(zmalloc_switch_backend("nonesuch"), -EINVAL);
    struct zmalloc_backend_info last = {.struct_size = sizeof last};
    assert_int_equal(zmalloc_backend_describe(zmalloc_backend_count() - 1, &last), 0);
    if (strcmp(last.name, "null") == 0) /* in the tests' registry */
        assert_int_equal(zmalloc_switch_backend("null"), -ENOTSUP);
    assert_string_equal(zmalloc_backend_name(), running);
}

int zm_contract_names(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_of_strings),
        cmocka_unit_test(null_has_no_size),
        cmocka_unit_test(usable_may_go_untold),
        cmocka_unit_test(libc_stays_out_of_the_account),
        cmocka_unit_test(this_backend_is_running),
        cmocka_unit_test(bad_questions),
        cmocka_unit_test(every_capability_has_a_name),
        cmocka_unit_test(the_account),
        cmocka_unit_test(the_system),
        cmocka_unit_test(wraps),
        cmocka_unit_test(limits),
        cmocka_unit_test(published_numbers),
        cmocka_unit_test(switching),
    };
    return cmocka_run_group_tests_name("names", tests, NULL, NULL);
}
