/* What each backend can do, and which figures it tells.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_COMMANDS_INFO_CAPABILITIES_H
#define ZM_TOOLS_COMMANDS_INFO_CAPABILITIES_H

/* Prints two tables in Markdown, which have a column for each backend of this build. */
void zm_capabilities_print(void);

#endif
