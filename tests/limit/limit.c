/* Memory limits, each test in a process of its own.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zmalloc.h>

#include "../core/child.h"
#include "../core/test.h"

#define HARD (8 * ZM_MIB)

static void set(uint64_t soft, uint64_t hard, size_t (*reclaim)(size_t, void *), void *arg)
{
    struct zmalloc_limit limit = {
        .struct_size = sizeof limit, .soft = soft, .hard = hard, .reclaim = reclaim, .arg = arg};
    ZM_EXPECT(zmalloc_set_limit(&limit) == 0);
}

static struct zmalloc_limit_state state_now(void)
{
    struct zmalloc_limit_state state = {.struct_size = sizeof state};
    ZM_EXPECT(zmalloc_get_limit(&state) == 0);
    return state;
}

/* Until there is no more; returns the list. */
static void **fill(size_t size)
{
    void **list = NULL, **block;
    while ((block = ztrymalloc(size))) {
        *block = list;
        list = block;
    }
    ZM_EXPECT(errno == ENOMEM);
    return list;
}

static void drop(void **list)
{
    for (void **next; list; list = next) {
        next = *list;
        zfree(list);
    }
}

/* ---- hard ---- */

static size_t told;

static void note(size_t size)
{
    told = size;
}

static int hard_limit_holds(void *arg)
{
    (void)arg;
    static const size_t sizes[] = {16, 100, 1000, 5000, 40000, 300000};
    zfree_no_tcache(zmalloc_no_tcache(100)); /* known to be good, but not past a limit */
    set(0, HARD, NULL, NULL);
    zmalloc_set_oom_handler(note);
    for (size_t i = 0; i < ZM_COUNT_OF(sizes); i++) {
        void **list = fill(sizes[i]);
        size_t used = zmalloc_used_memory();
        ZM_EXPECT(used <= HARD + sizes[i] / 4 + 64);
        ZM_EXPECT(used >= HARD - ZMALLOC_LIMIT_SLACK - sizes[i] - sizes[i] / 4);
        told = 0;
        ZM_EXPECT(!zmalloc(sizes[i] + 100000) && told == sizes[i] + 100000);
        ZM_EXPECT(!zcalloc(sizes[i] + 100001) && told == sizes[i] + 100001);
        ZM_EXPECT(!ztrycalloc(ZM_MIB) && !zaligned_alloc(64, ZM_MIB));
        ZM_EXPECT(!ztrymalloc_with_flags(ZM_MIB, ZMALLOC_NO_TCACHE));
        drop(list);
        ZM_EXPECT(zmalloc_used_memory() < 4096);
    }
    ZM_EXPECT(state_now().refused > 0 && state_now().reclaims == 0);
    return 0;
}

/* Nothing that is refused has been allocated: the totals don't move. */
static int refused_means_untouched(void *arg)
{
    (void)arg;
    set(0, HARD, NULL, NULL);
    char *block = zmalloc(5 * ZM_MIB);
    ZM_EXPECT(block);
    memset(block, 7, 5 * ZM_MIB);
    struct zmalloc_stats before = {.struct_size = sizeof before}, after = before;
    zmalloc_get_stats(&before);
    ZM_EXPECT(!ztrymalloc(4 * ZM_MIB));
    ZM_EXPECT(!ztryrealloc(block, 9 * ZM_MIB));
    zmalloc_get_stats(&after);
    ZM_EXPECT(before.allocated_bytes == after.allocated_bytes && before.frees == after.frees);
    ZM_EXPECT(block[5 * ZM_MIB - 1] == 7);
    block = zrealloc(block, 6 * ZM_MIB); /* there is room for the growth, not for both */
    ZM_EXPECT(block && block[5 * ZM_MIB - 1] == 7);
    set(0, ZM_MIB, NULL, NULL);
    block = zrealloc(block, 2 * ZM_MIB); /* shrinking never fails */
    ZM_EXPECT(block && zmalloc_used_memory() < 3 * ZM_MIB);
    ZM_EXPECT(!ztrymalloc(1));
    ZM_EXPECT(zmalloc_set_limit(NULL) == 0);
    zfree(zmalloc(32 * ZM_MIB));
    zfree(block);
    return 0;
}

/* ---- reclaim ---- */

struct store {
    void **list;
    size_t calls, most_wanted;
    bool inside;
};

static size_t give(size_t wanted, void *arg)
{
    struct store *store = arg;
    ZM_EXPECT(!store->inside && wanted > 0);
    store->inside = true;
    store->calls++;
    store->most_wanted = wanted > store->most_wanted ? wanted : store->most_wanted;
    size_t freed = 0;
    zfree(zmalloc(100)); /* may allocate, and is not called for it */
    while (store->list && freed < wanted) {
        void **next = *store->list;
        freed += zmalloc_size(store->list);
        zfree(store->list);
        store->list = next;
    }
    store->inside = false;
    return freed;
}

static int reclaim_makes_room(void *arg)
{
    (void)arg;
    struct store store = {.list = NULL};
    set(0, HARD, NULL, NULL);
    store.list = fill(1000);
    set(0, HARD, give, &store);
    errno = E2BIG;
    void *block = zmalloc(2 * ZM_MIB);
    ZM_EXPECT(block && errno == E2BIG);
    ZM_EXPECT(store.calls > 0 && store.most_wanted > ZM_MIB && store.most_wanted < 3 * ZM_MIB);
    ZM_EXPECT(zmalloc_used_memory() <= HARD + ZM_MIB / 2);
    struct zmalloc_limit_state state = state_now();
    ZM_EXPECT(state.reclaims == store.calls && state.reclaimed_bytes >= store.most_wanted);
    drop(store.list); /* nothing left to give */
    store.list = NULL;
    store.calls = 0;
    ZM_EXPECT(!ztrymalloc(7 * ZM_MIB) && store.calls == 1);
    zfree(block);
    return 0;
}

static int soft_limit_asks_and_lets(void *arg)
{
    (void)arg;
    struct store store = {.list = NULL};
    set(ZM_MIB, HARD, give, &store);
    void *block = zmalloc(ZM_MIB / 2);
    ZM_EXPECT(block && store.calls == 0);
    void *more = zmalloc(ZM_MIB); /* nothing to be had */
    ZM_EXPECT(more && store.calls == 1);
    zfree(more);
    zfree(block);
    for (int i = 0; i < 5000; i++) { /* held at the soft limit, by giving up the oldest */
        void **entry = zmalloc(1000);
        *entry = store.list;
        store.list = entry;
    }
    ZM_EXPECT(store.calls > 10);
    ZM_EXPECT(zmalloc_used_memory() < ZM_MIB + ZM_MIB / 8);
    drop(store.list);
    return 0;
}

/* ---- RSS ---- */

static int rss_limit_holds(void *arg)
{
    (void)arg;
    uint64_t before = zmalloc_get_rss();
    struct zmalloc_limit limit = {
        .struct_size = sizeof limit, .of = ZMALLOC_LIMIT_RSS, .hard = before + 64 * ZM_MIB};
    ZM_EXPECT(zmalloc_set_limit(&limit) == 0);
    void **list = NULL, **block;
    while ((block = ztrymalloc(64 * 1024))) {
        memset(block, 1, 64 * 1024);
        *block = list;
        list = block;
    }
    uint64_t rss = zmalloc_get_rss();
    ZM_EXPECT(rss < before + 66 * ZM_MIB && rss > before + 56 * ZM_MIB);
    drop(list);
    return 0;
}

/* ---- the rest ---- */

static int bad_values(void *arg)
{
    (void)arg;
    struct zmalloc_limit limit = {.struct_size = sizeof limit - 1, .hard = HARD};
    ZM_EXPECT(zmalloc_set_limit(&limit) == -EINVAL);
    limit = (struct zmalloc_limit){.struct_size = sizeof limit, .of = 2, .hard = HARD};
    ZM_EXPECT(zmalloc_set_limit(&limit) == -EINVAL);
    limit = (struct zmalloc_limit){.struct_size = sizeof limit, .soft = HARD + 1, .hard = HARD};
    ZM_EXPECT(zmalloc_set_limit(&limit) == -EINVAL);
    struct zmalloc_limit_state state = {.struct_size = 1};
    ZM_EXPECT(zmalloc_get_limit(&state) == -EINVAL);
    ZM_EXPECT(state_now().hard == 0);

    limit = (struct zmalloc_limit){.struct_size = sizeof limit, .hard = ZMALLOC_LIMIT_EFFECTIVE};
    ZM_EXPECT(zmalloc_set_limit(&limit) == 0);
    struct zmalloc_sysinfo_limit here = {.struct_size = sizeof here};
    ZM_EXPECT(zmalloc_sysinfo_limit(0, &here) == 0);
    ZM_EXPECT(state_now().hard == here.effective);
    ZM_EXPECT(!ztrymalloc(here.effective + 1 > PTRDIFF_MAX ? PTRDIFF_MAX : here.effective + 1));
    return 0;
}

/* Set and taken away while threads allocate. */
static atomic_bool stop;

static void *churn(void *arg)
{
    (void)arg;
    while (!atomic_load(&stop)) {
        void *block = ztrymalloc(1000);
        block = ztryrealloc(block, 3000);
        zfree(block);
    }
    return NULL;
}

static int changes_under_way(void *arg)
{
    (void)arg;
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        ZM_EXPECT(pthread_create(&threads[i], NULL, churn, NULL) == 0);
    for (int i = 0; i < 2000; i++) {
        set(0, HARD, NULL, NULL);
        ZM_EXPECT(zmalloc_set_limit(NULL) == 0);
    }
    atomic_store(&stop, true);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    ZM_EXPECT(zmalloc_used_memory() == 0);
    return 0;
}

#define IN_CHILD(name)                                                \
    static void test_##name(void **state)                             \
    {                                                                 \
        (void)state;                                                  \
        struct zm_child child = zm_run_child(name, NULL, ZM_TIMEOUT); \
        zm_assert_child_ok(&child);                                   \
    }
IN_CHILD(hard_limit_holds)
IN_CHILD(refused_means_untouched)
IN_CHILD(reclaim_makes_room)
IN_CHILD(soft_limit_asks_and_lets)
IN_CHILD(bad_values)
IN_CHILD(changes_under_way)

static void test_rss_limit_holds(void **state)
{
    (void)state;
    if (ZM_SANITIZER)
        skip(); /* its shadow is resident too */
    struct zm_child child = zm_run_child(rss_limit_holds, NULL, ZM_TIMEOUT);
    zm_assert_child_ok(&child);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hard_limit_holds),   cmocka_unit_test(test_refused_means_untouched),
        cmocka_unit_test(test_reclaim_makes_room), cmocka_unit_test(test_soft_limit_asks_and_lets),
        cmocka_unit_test(test_rss_limit_holds),    cmocka_unit_test(test_bad_values),
        cmocka_unit_test(test_changes_under_way),
    };
    return cmocka_run_group_tests_name("limit", tests, NULL, NULL);
}
