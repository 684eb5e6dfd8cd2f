/* What each backend tells and does.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_COMMANDS_INFO_CAPABILITIES_H
#define ZM_TOOLS_COMMANDS_INFO_CAPABILITIES_H

/* Two tables in Markdown to stdout, a column for each backend of this build. */
void zm_capabilities_print(void);

#endif
