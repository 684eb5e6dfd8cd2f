/* One sample: a command run once, in a fresh process, under one backend.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_SAMPLE_H
#define ZM_TOOLS_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is run: the same for all samples of a comparison. */
struct zm_workload {
    const char *name;    /* as the user knows it */
    const char *program; /* the file to execute */
    char *const *argv;
    double timeout_s; /* 0: none */
};

struct zm_sample {
    const char *backend;
    unsigned block; /* from 1 */
    int64_t time;   /* when it began: seconds since the Epoch */

    bool ok;             /* counts in the result */
    char reason[160];    /* why not */
    int spawn_error;     /* errno where the command could not be executed */
    int exit;            /* as a shell tells it */
    bool interrupted;    /* stopped by a signal to this process: neither good nor bad */
    char complaint[512]; /* the last lines of stderr of a sample that is not ok */

    double wall_s, user_s, sys_s;
    uint64_t minflt, majflt;

    bool has_account;                      /* the fields below are known */
    char version[64];                      /* the backend's */
    uint64_t vmhwm_bytes, peak_live_bytes; /* of the process with the highest peak RSS */
    uint64_t allocs, allocated_bytes;      /* of all processes */
    uint64_t processes;
};

/* Runs the workload under `backend`; the preload library has been applied (preload.h). Returns 0
 * and a sample, ok or not; or -errno where the sample's temporary directory can't be made. */
int zm_sample_take(const struct zm_workload *workload, const char *backend, unsigned block,
                   struct zm_sample *out);

#endif
