/* What is recorded of a machine.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_REPORTING_PAGE_MACHINE_H
#define ZM_TOOLS_REPORTING_PAGE_MACHINE_H

#include <stdio.h>

#include "tools/results/dataset.h"

/* Folded, with the machine's name to open it. */
void zm_machine_details(FILE *out, const struct zm_machine *machine);

/* The day it was measured, "25 Nov 2026"; "" if it is not known. */
const char *zm_machine_day(const struct zm_machine *machine, char *buf, size_t size);

#endif
