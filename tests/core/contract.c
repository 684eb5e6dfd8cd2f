/* SPDX-License-Identifier: BSD-3-Clause */
#include "contract.h"

int main(void)
{
    return zm_contract_blocks() + zm_contract_resize() + zm_contract_failure() +
           zm_contract_names() + zm_contract_fortify();
}
