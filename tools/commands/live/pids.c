/* SPDX-License-Identifier: BSD-3-Clause */
#include "pids.h"

#include <stdlib.h>

#include "tools/common/cli.h"

int zm_pid_parse(const char *subcommand, int count, char **words, pid_t *out)
{
    uint64_t pid = 0;
    if (count == 0)
        return zm_usage_error(subcommand, "no process ID given");
    if (count > 1)
        return zm_usage_error(subcommand, "one process ID, not '%s' too", words[1]);
    int status = zm_parse_pid(subcommand, words[0], &pid);
    *out = (pid_t)pid;
    return status;
}

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
