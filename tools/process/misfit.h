/* Programs that the preload library can't be loaded into, as their files tell.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_PROCESS_MISFIT_H
#define ZM_TOOLS_PROCESS_MISFIT_H

/* What `program` is and `library` is not, as in "'x' is ...". NULL: they fit, or nobody would load
 * anything into it (a script, a static program). */
const char *zm_misfit(const char *program, const char *library);

#endif
