/* Threads that allocate and free in their destructors, before and after the account's own has run.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <limits.h>
#include <stdatomic.h>
#include <string.h>
#include <zmalloc.h>

#include "account.h"
#include "tests/core/child.h"
#include "tests/core/test.h"
#include "tests/core/threads.h"

enum { THREADS = 8, GENERATIONS = 20 };

static pthread_key_t early_key, late_keys[3];

/* What a thread's destructors do, and in how many rounds of them. */
struct plan {
    atomic_uint rounds; /* of destructors run */
    void *kept;
};

static struct plan plans[THREADS];

/* TSan has no data for a thread that is in the last round. */
enum { CALLED_AGAIN = ZM_SANITIZER ? 4 : 6 };

/* Allocates, frees what it kept the time before, and wants to be called again. */
static void destroy(pthread_key_t key, struct plan *plan)
{
    void *fresh = zmalloc(100);
    zfree(plan->kept);
    plan->kept = zrealloc(fresh, 5000);
    if (atomic_fetch_add(&plan->rounds, 1) < CALLED_AGAIN)
        pthread_setspecific(key, plan);
}

static void destroy_early(void *plan)
{
    destroy(early_key, plan);
}

static void destroy_late_0(void *plan)
{
    destroy(late_keys[0], plan);
}

static void destroy_late_1(void *plan)
{
    destroy(late_keys[1], plan);
}

static void destroy_late_2(void *plan)
{
    destroy(late_keys[2], plan);
}

void zm_account_early_key(void)
{
    pthread_key_create(&early_key, destroy_early);
}

static int make_late_keys(void **state)
{
    (void)state;
    pthread_key_create(&late_keys[0], destroy_late_0);
    pthread_key_create(&late_keys[1], destroy_late_1);
    pthread_key_create(&late_keys[2], destroy_late_2);
    return 0;
}

static int delete_keys(void **state)
{
    (void)state;
    for (size_t i = 0; i < ZM_COUNT_OF(late_keys); i++)
        pthread_key_delete(late_keys[i]);
    pthread_key_delete(early_key);
    return 0;
}

static void arm(struct plan *plan)
{
    pthread_setspecific(early_key, plan);
    for (size_t i = 0; i < ZM_COUNT_OF(late_keys); i++)
        pthread_setspecific(late_keys[i], plan);
}

static void use_before(void *arg, unsigned number)
{
    (void)arg;
    void *block = zmalloc(number);
    arm(&plans[number]);
    zfree(block);
}

static void never_use_before(void *arg, unsigned number)
{
    (void)arg;
    arm(&plans[number]);
}

static void check(void (*body)(void *arg, unsigned number))
{
    struct zmalloc_stats before = zm_account_now();
    for (int generation = 0; generation < GENERATIONS; generation++) {
        zm_crew_join(zm_crew_start(THREADS, body, NULL));
        size_t kept = 0;
        for (size_t i = 0; i < THREADS; i++)
            kept += zmalloc_size(plans[i].kept);
        struct zmalloc_stats now = zm_account_now();
        assert_int_equal(now.used_bytes - before.used_bytes, kept);
        assert_int_equal(now.threads, before.threads);
        for (size_t i = 0; i < THREADS; i++) {
            assert_true(atomic_load(&plans[i].rounds) > ZM_COUNT_OF(late_keys) + 1);
            zfree(plans[i].kept);
            plans[i] = (struct plan){.kept = NULL};
        }
        assert_int_equal(zmalloc_used_memory(), before.used_bytes);
    }
}

static void after_ordinary_use(void **state)
{
    (void)state;
    check(use_before);
}

static void as_first_use(void **state)
{
    (void)state;
    check(never_use_before);
}

/* ---- C++'s thread_local, C11's destructors ---- */

#if defined(__GLIBC__)

extern int __cxa_thread_atexit_impl(void (*destructor)(void *), void *object, void *dso);
extern void *__dso_handle;

static void use_with_thread_locals(void *arg, unsigned number)
{
    (void)arg;
    __cxa_thread_atexit_impl(destroy_late_2, &plans[number], &__dso_handle);
    __cxa_thread_atexit_impl(destroy_late_1, &plans[number], &__dso_handle);
    if (number % 2)
        use_before(arg, number);
}

static void with_thread_locals(void **state)
{
    (void)state;
    check(use_with_thread_locals);
}

#endif

/* ---- the last round ---- */

static void first_use_in_last_round(void *plan)
{
    struct plan *p = plan;
    if (atomic_fetch_add(&p->rounds, 1) + 1 < PTHREAD_DESTRUCTOR_ITERATIONS)
        pthread_setspecific(late_keys[0], plan);
    else
        p->kept = zmalloc(300);
}

static void wait_for_last_round(void *arg, unsigned number)
{
    (void)arg;
    pthread_setspecific(late_keys[0], &plans[number]);
}

static uint64_t mapped(void)
{
    struct zmalloc_allocator_info info = {.struct_size = sizeof info};
    zmalloc_allocator_info(1, &info);
    return info.mapped;
}

static int outlive_the_last_round(void *arg)
{
    (void)arg;
    pthread_key_delete(late_keys[0]);
    pthread_key_create(&late_keys[0], first_use_in_last_round);
    size_t before = zmalloc_used_memory();
    uint64_t mapped_first = 0;
    for (int generation = 0; generation < GENERATIONS; generation++) {
        size_t kept = 0;
        zm_crew_join(zm_crew_start(THREADS, wait_for_last_round, NULL));
        mapped_first = generation == 1 ? mapped() : mapped_first;
        for (size_t i = 0; i < THREADS; i++)
            kept += zmalloc_size(plans[i].kept);
        ZM_EXPECT(zmalloc_used_memory() - before == kept);
        for (size_t i = 0; i < THREADS; i++) {
            zfree(plans[i].kept);
            plans[i] = (struct plan){.kept = NULL};
        }
        ZM_EXPECT(zmalloc_used_memory() == before);
    }
    /* What such threads have for themselves serves others: rpmalloc maps 256 MiB for each. */
    ZM_EXPECT(mapped() < mapped_first + (UINT64_C(4) << 30));
    return 0;
}

/* No destructor follows that could give a slot back: the sums hold all the same. */
static void in_the_last_round(void **state)
{
    (void)state;
    if (ZM_SANITIZER || zm_wanted_is("jemalloc")) {
        print_message("skipped: by then jemalloc 5.3 (and TSan) has done with the thread's own "
                      "data, and will never undo what it starts now\n");
        skip();
    }
    struct zm_child child = zm_run_child(outlive_the_last_round, NULL, ZM_TIMEOUT);
    zm_assert_child_ok(&child);
}

int zm_account_destructors(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(after_ordinary_use),
        cmocka_unit_test(as_first_use),
#if defined(__GLIBC__)
        cmocka_unit_test(with_thread_locals),
#endif
        cmocka_unit_test(in_the_last_round),
    };
    return cmocka_run_group_tests_name("destructors", tests, make_late_keys, delete_keys);
}
