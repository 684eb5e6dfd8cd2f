/* The format of the kernel's pressure files. SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_SYSINFO_LINUX_PRESSURE_H
#define ZM_SYSINFO_LINUX_PRESSURE_H

#include "sysinfo/text.h"

/* A zm_line_fn; context is a struct zmalloc_sysinfo_pressure. */
int zm_pressure_line(void *pressure, struct zm_text line, bool cut);

#endif
