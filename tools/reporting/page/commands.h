/* Lines that one can copy to a shell.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_REPORTING_PAGE_COMMANDS_H
#define ZM_TOOLS_REPORTING_PAGE_COMMANDS_H

#include <stdio.h>

#include "part.h"

/* The line that runs a program as the row ran it; the section's own program if there is one line
 * for it. 0, or -ENOMEM. */
int zm_commands_use(FILE *out, const struct zm_page *page, const struct zm_page_part *part,
                    const char *label);

/* All rows of the part that have settings, each with its line, the fastest first. */
int zm_commands_settings(FILE *out, const struct zm_page *page, const struct zm_page_part *part);

/* Whether there are any. */
bool zm_commands_any(const struct zm_page_part *part);

#endif
