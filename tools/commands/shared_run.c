/* Recording a run.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "shared_run.h"

#include "tools/common/cli.h"
#include "tools/common/host.h"
#include "tools/common/scratch.h"
#include "tools/results/jsonlines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

uint64_t zm_shared_run_seed(void)
{
    return (uint64_t)time(NULL) * 65537 % 1000003 * 1000 + (uint64_t)getpid() % 1000;
}

/* Only a file can be replaced; a terminal or pipe is written to as it is. */
static bool can_be_replaced(const char *path)
{
    struct stat st;
    return strcmp(path, "-") != 0 && (stat(path, &st) != 0 || S_ISREG(st.st_mode));
}

static int open_json(struct zm_shared_run *run, const struct zm_rows *rows, const char *library)
{
    const char *path = run->json_path;
    if (run->whole && can_be_replaced(path)) {
        if (asprintf(&run->part, "%s.part", path) < 0) {
            run->part = NULL;
            zm_error(run->subcommand, "out of memory");
            return ZM_EXIT_TOOL;
        }
        path = run->part;
        unlink(path); /* of a run that was killed */
    }
    return zm_run_open(run->subcommand, path, run->id, run->seed, rows, library, &run->json);
}

/* Gives the file its name, unless the run was stopped. Returns the exit status. */
static int give_name(struct zm_shared_run *run, int status)
{
    if (run->part && status > ZM_EXIT_FAILED_CELL) {
        zm_error(run->subcommand, "'%s' has what was measured", run->part);
    } else if (run->part && rename(run->part, run->json_path) != 0) {
        zm_error(run->subcommand, "can't rename '%s': %s", run->part, strerror(errno));
        status = ZM_EXIT_TOOL;
    }
    free(run->part);
    run->part = NULL;
    return status;
}

int zm_shared_run_begin(struct zm_shared_run *run, const struct zm_rows *rows, const char *library)
{
    zm_run_id(run->id);
    int status = zm_scratch_check(run->subcommand);
    if (status == 0 && run->json_path)
        status = open_json(run, rows, library);
    struct zm_host host;
    zm_host_describe(&host);
    if (status == 0 && zm_load_is_high(host.load, host.cores))
        zm_error(run->subcommand,
                 "note: the load of this machine is %.1f on %llu core%s, so that times will be "
                 "uncertain",
                 host.load, (unsigned long long)host.cores, host.cores == 1 ? "" : "s");
    if (status == 0 && getenv("MALLOC_PERTURB_"))
        zm_error(run->subcommand, "note: MALLOC_PERTURB_ is set, which slows libc down");
    return status;
}

void zm_shared_run_record(struct zm_shared_run *run, const char *workload,
                          const struct zm_sample *sample)
{
    run->failed = run->failed || !sample->ok;
    if (!run->json || run->json_error)
        return;
    run->json_error = zm_jsonlines_write_sample(run->json, run->id, workload, run->seed, sample);
    if (run->json_error)
        zm_error(run->subcommand, "can't write '%s' any more: %s", run->json_path,
                 strerror(-run->json_error));
}

FILE *zm_shared_run_tables(const struct zm_shared_run *run)
{
    return run->json == stdout || run->stdout_taken ? stderr : stdout;
}

const char *zm_shared_run_ending(const struct zm_outcome *outcome, const char *time_over,
                                 const char *asked, char *buf, size_t size)
{
    switch (outcome->ending) {
    case ZM_END_PRECISE:
        snprintf(buf, size, "wall time is within +-%g %%", 100 * ZM_PRECISION);
        return buf;
    case ZM_END_TIME:
        if (outcome->blocks > 0)
            return time_over;
        snprintf(buf, size, "%s", "no block has ended in the time: --time");
        return buf;
    case ZM_END_FAILED:
        return "every run of the first block failed";
    case ZM_END_STOPPED:
        return "stopped before the end";
    default:
        return asked;
    }
}

int zm_shared_run_end(struct zm_shared_run *run, int status)
{
    if (status == 0 && run->failed)
        status = ZM_EXIT_FAILED_CELL;
    if (run->json_error && status <= ZM_EXIT_FAILED_CELL)
        status = ZM_EXIT_TOOL;
    status = zm_finish_stdout(run->subcommand, status);
    bool own_file = run->json && run->json != stdout;
    if (own_file && fclose(run->json) != 0 && status <= ZM_EXIT_FAILED_CELL) {
        zm_error(run->subcommand, "can't write '%s': %s", run->json_path, strerror(errno));
        status = ZM_EXIT_TOOL;
    }
    run->json = NULL;
    return own_file ? give_name(run, status) : status;
}
