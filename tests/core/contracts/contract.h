/* The contract suite: what every backend must do, in parts; each returns how many tests failed.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TESTS_CONTRACT_H
#define ZM_TESTS_CONTRACT_H

int zm_contract_blocks(void);
int zm_contract_resize(void);
int zm_contract_failure(void);
int zm_contract_names(void);
int zm_contract_fortify(void);
int zm_contract_control(void);
int zm_contract_steer(void);
int zm_contract_flags(void);
int zm_contract_defrag(void);
int zm_contract_compat(void);
int zm_contract_heaps(void);

#endif
