/* Compiled with _FORTIFY_SOURCE=3 and optimised: usable bytes beyond the size asked for may be
 * written all the same.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <zmalloc.h>

#include "contract.h"
#include "tests/core/child.h"
#include "tests/core/test.h"

#if defined(__USE_FORTIFY_LEVEL) && __USE_FORTIFY_LEVEL > 2
#    define CHECKED 1
#else
#    define CHECKED 0
#endif

static volatile size_t asked; /* the compiler knows no value of it */

static void usable_bytes_of_the_usable_functions(void **state)
{
    (void)state;
    for (asked = 1; asked < 100000; asked += 1 + asked / 5) {
        size_t size = asked, usable;
        char *ptr = zmalloc_usable(size, &usable);
        memset(extend_to_usable(ptr, usable), 1, usable);
        zfree(ptr);
        ptr = zcalloc_usable(size, &usable);
        memset(extend_to_usable(ptr, usable), 1, usable);
        ptr = zrealloc_usable(ptr, 2 * size, &usable);
        memset(extend_to_usable(ptr, usable), 1, usable);
        zfree(ptr);
    }
}

static void usable_bytes_of_the_others(void **state)
{
    (void)state;
    for (asked = 1; asked < 100000; asked += 1 + asked / 5) {
        size_t size = asked;
        char *ptr = zmalloc(size);
        size_t usable = zmalloc_usable_size(ptr);
        ptr = extend_to_usable(ptr, usable);
        memset(ptr, 1, usable);
        zfree(ptr);
        ptr = zaligned_alloc(64, size);
        usable = zmalloc_usable_size(ptr);
        ptr = extend_to_usable(ptr, usable);
        memset(ptr, 1, usable);
        zfree(ptr);
    }
}

/* The counter-check: without extend_to_usable the compiler's check is on. */
static int write_beyond(void *arg)
{
    (void)arg;
    size_t size = asked;
    char *ptr = zmalloc(size);
    memset(ptr, 1, size + asked);
    return ptr[asked] == 1 ? 0 : 1;
}

static void the_check_is_on(void **state)
{
    (void)state;
    if (!CHECKED) {
        print_message("skipped: this compiler, libc or build has no _FORTIFY_SOURCE=3\n");
        skip();
    }
    asked = 100;
    struct zm_child child = zm_run_child(write_beyond, NULL, ZM_TIMEOUT);
    assert_false(WIFEXITED(child.status) && WEXITSTATUS(child.status) == 0);
}

int zm_contract_fortify(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(usable_bytes_of_the_usable_functions),
        cmocka_unit_test(usable_bytes_of_the_others),
        cmocka_unit_test(the_check_is_on),
    };
    return cmocka_run_group_tests_name("fortify", tests, NULL, NULL);
}
