/* What servers reach for beyond allocating: by the names of theirs and of ours.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>
#include <zmalloc.h>

#include "compat.h"
#include "contract.h"
#include "tests/core/test.h"

static void nobody_has_to_listen(void **state)
{
    (void)state;
    zm_compat_redis8_untold();
    zm_compat_redis8_stat();
    zm_compat_valkey_untold();
    zm_compat_valkey80_untold();
    assert_in_range(zmalloc_get_allocator_info(NULL, NULL, NULL), 0, 1);
    assert_int_equal(zmalloc_allocator_info(1, NULL), -EINVAL);
    assert_int_equal(zmalloc_arena_info(0, 1, NULL), -EINVAL);
    assert_int_equal(zmalloc_get_ratios(1, NULL), -EINVAL);
    assert_int_equal(zmalloc_get_defrag_hint(&state, NULL), -EINVAL);
    assert_int_equal(zmalloc_arena_create(NULL), -EINVAL);
    assert_int_equal(zmalloc_tcache_create(NULL), -EINVAL);
    int on;
    int64_t ms;
    uint32_t arena;
    assert_int_equal(zmalloc_get_background_purge(NULL), zmalloc_get_background_purge(&on));
    assert_int_equal(zmalloc_get_decay(ZMALLOC_DECAY_DIRTY, NULL),
                     zmalloc_get_decay(ZMALLOC_DECAY_DIRTY, &ms));
    assert_int_equal(zmalloc_arena_assigned(NULL), zmalloc_arena_assigned(&arena));
}

static void an_interpreter_has_its_own(void **state)
{
    (void)state;
    zm_compat_redis8_interpreter();
}

static uint32_t running_caps(void)
{
    struct zmalloc_backend_info info;
    for (size_t i = 0; i < zmalloc_backend_count(); i++) {
        info = (struct zmalloc_backend_info){.struct_size = sizeof info};
        assert_int_equal(zmalloc_backend_describe(i, &info), 0);
        if (info.is_running)
            return info.caps;
    }
    return 0;
}

static bool directly(uint32_t cap)
{
    return running_caps() & cap && !zmalloc_wraps()[0];
}

static void caches_are_there_or_automatic(void **state)
{
    (void)state;
    uint32_t cache = 77, other = 77;
    size_t used = zmalloc_used_memory();
    assert_int_equal(zmalloc_tcache_create(&cache), 0);
    assert_int_equal(zmalloc_tcache_create(&other), 0);
    assert_int_equal(cache == ZMALLOC_TCACHE_AUTOMATIC, !directly(ZMALLOC_CAP_TCACHES));
    void *block = zmalloc_with_flags(100, ZMALLOC_TCACHE(cache));
    block = zrealloc_with_flags(block, 200, ZMALLOC_TCACHE(cache));
    zfree_with_flags(block, ZMALLOC_TCACHE(cache));
    if (directly(ZMALLOC_CAP_TCACHES)) { /* what one keeps the other does not give */
        assert_true(cache != other);
        assert_ptr_equal(zmalloc_with_flags(200, ZMALLOC_TCACHE(cache)), block);
        zfree_with_flags(block, ZMALLOC_TCACHE(cache));
        void *elsewhere = zmalloc_with_flags(200, ZMALLOC_TCACHE(other));
        assert_ptr_not_equal(elsewhere, block);
        zfree_with_flags(elsewhere, ZMALLOC_TCACHE(other));
    }
    assert_int_equal(zmalloc_tcache_flush(cache), 0);
    assert_int_equal(zmalloc_tcache_destroy(cache), 0);
    assert_int_equal(zmalloc_tcache_destroy(other), 0);
    if (cache != ZMALLOC_TCACHE_AUTOMATIC) { /* gone is gone, and harms nobody */
        assert_int_equal(zmalloc_tcache_flush(cache), -EINVAL);
        assert_int_equal(zmalloc_tcache_destroy(cache), -EINVAL);
        assert_null(ztrymalloc_with_flags(100, ZMALLOC_TCACHE(cache)));
        assert_int_equal(errno, EINVAL);
        zfree_with_flags(zmalloc(100), ZMALLOC_TCACHE(cache));
    }
    assert_int_equal(zmalloc_tcache_flush(4094), -EINVAL);
    assert_int_equal(zmalloc_tcache_destroy(123456), -EINVAL);
    assert_int_equal(zmalloc_used_memory(), used);
}

/* With hooks jemalloc makes it alone, and we have not seen it. */
static void arenas_of_others_are_known(void **state)
{
    (void)state;
    void *hooks = NULL;
    unsigned arena = 0;
    size_t size = sizeof hooks;
    if (!directly(ZMALLOC_CAP_TCACHES) ||
        zmalloc_ctl("arena.0.extent_hooks", &hooks, &size, NULL, 0) != 0)
        return;
    size = sizeof arena;
    assert_int_equal(zmalloc_ctl("arenas.create", &arena, &size, &hooks, sizeof hooks), 0);
    void *block = zmalloc_with_flags(1000, ZMALLOC_ARENA(arena));
    struct zmalloc_allocator_info a = {.struct_size = sizeof a};
    assert_int_equal(zmalloc_arena_info(arena, 1, &a), 0);
    assert_int_equal(a.allocated, zmalloc_size(block));
    assert_int_equal(zmalloc_arena_destroy(arena), -EBUSY);
    zfree_no_tcache(block);
    assert_int_equal(zmalloc_arena_destroy(arena), 0);
    assert_null(ztrymalloc_with_flags(1000, ZMALLOC_ARENA(arena)));
}

static void collect(void *text, const char *more)
{
    strncat(text, more, 1000000 - strlen(text) - 1);
}

static void there_is_a_report(void **state)
{
    (void)state;
    static char text[1000000];
    text[0] = '\0';
    zmalloc_stats_print(collect, text, NULL);
    assert_true(strlen(text) > 60);
    assert_null(strstr(text, "nan"));
    assert_true(strstr(text, "jemalloc statistics") || strstr(text, zmalloc_lib()));
}

static void good_sizes_are_kept(void **state)
{
    (void)state;
    for (size_t size = 1; size < 10000000; size += size / 3 + 1) {
        void *block = zmalloc(size);
        size_t good = zmalloc_good_size(size);
        assert_true(good == 0 || good == zmalloc_size(block));
        zfree(block);
    }
}

static void defragmentation_says_whether(void **state)
{
    (void)state;
    void *block = zmalloc(100);
    assert_int_equal(zmalloc_can_defrag(), directly(ZMALLOC_CAP_DEFRAG));
    assert_int_equal(zmalloc_should_defrag(block) != -ENOTSUP, zmalloc_can_defrag());
    zfree(block);
}

int zm_contract_compat(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_has_to_listen),
        cmocka_unit_test(an_interpreter_has_its_own),
        cmocka_unit_test(caches_are_there_or_automatic),
        cmocka_unit_test(arenas_of_others_are_known),
        cmocka_unit_test(there_is_a_report),
        cmocka_unit_test(good_sizes_are_kept),
        cmocka_unit_test(defragmentation_says_whether),
    };
    return cmocka_run_group_tests_name("compat", tests, NULL, NULL);
}
