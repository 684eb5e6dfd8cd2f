/* SPDX-License-Identifier: BSD-3-Clause */
#include "contract.h"

#include <zmalloc.h>

/* What the allocator says of itself is not what a wrap around it has handed out. And before
 * anything has been asked of it that it counts wrongly. */
static int figures(void)
{
    return zmalloc_wraps()[0] ? 0 : zm_contract_control() + zm_contract_steer();
}

int main(void)
{
    return figures() + zm_contract_blocks() + zm_contract_resize() + zm_contract_failure() +
           zm_contract_names() + zm_contract_fortify() + zm_contract_flags() +
           zm_contract_defrag() + zm_contract_compat() + zm_contract_heaps();
}
