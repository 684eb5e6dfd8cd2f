/* SPDX-License-Identifier: BSD-3-Clause */
#include "account.h"

#include <zmalloc.h>

#include "tests/core/test.h"

struct zmalloc_stats zm_account_now(void)
{
    struct zmalloc_stats s = {.struct_size = sizeof s};
    assert_int_equal(zmalloc_get_stats(&s), 0);
    return s;
}

int main(void)
{
    zm_account_early_key();
    zfree(zmalloc(1)); /* from here on the main thread is counted too */
    return zm_account_threads() + zm_account_destructors() + zm_account_forks() + zm_account_peak();
}
