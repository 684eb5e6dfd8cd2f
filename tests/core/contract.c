/* SPDX-License-Identifier: BSD-3-Clause */
#include "contract.h"

int main(void)
{
    /* The allocator's figures before anything has been asked of it that it counts wrongly. */
    return zm_contract_control() + zm_contract_blocks() + zm_contract_resize() +
           zm_contract_failure() + zm_contract_names() + zm_contract_fortify();
}
