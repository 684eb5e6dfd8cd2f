/* SPDX-License-Identifier: BSD-3-Clause */
#include "pids.h"

#include <stdlib.h>

#include "tools/common/cli.h"

pid_t *zm_pids_parse(const char *subcommand, int count, char **words, int *status)
{
    pid_t *pids = calloc((size_t)count + 1, sizeof *pids);
    *status = ZM_EXIT_TOOL;
    if (!pids)
        zm_error(subcommand, "out of memory");
    for (int i = 0; pids && i < count; i++) {
        uint64_t pid;
        *status = zm_parse_pid(subcommand, words[i], &pid);
        if (*status != 0) {
            free(pids);
            return NULL;
        }
        pids[i] = (pid_t)pid;
    }
    return pids;
}
