/* The accounts of processes as text for Prometheus and its kin.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_COMMANDS_LIVE_EXPOSITION_H
#define ZM_TOOLS_COMMANDS_LIVE_EXPOSITION_H

#include <stdbool.h>
#include <stdio.h>

#include "tools/live/live_list.h"

/* OpenMetrics 1.0, or the older format of Prometheus, which node_exporter reads from files.
 * 0, or -ENOMEM with nothing written. */
int zm_exposition_write(const struct zm_live_list *list, bool openmetrics, FILE *out);

#endif
