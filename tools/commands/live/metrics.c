/* zmalloc metrics: the accounts of running processes for Prometheus.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exposition.h"
#include "pids.h"
#include "serve.h"
#include "tools/commands/commands.h"
#include "tools/commands/shared_options.h"
#include "tools/common/cli.h"
#include "tools/common/printable.h"
#include "tools/options/complete.h"
#include "tools/options/parse.h"

#define NAME "metrics"

struct asked {
    const char *output; /* NULL: stdout */
    bool text, listens;
    uint16_t port;
};

#define ZM_INTO struct asked

static int cant_write(const char *path, int error)
{
    char shown[PATH_MAX];
    zm_error(NAME, "can't write '%s': %s", zm_printable(path, shown, sizeof shown),
             strerror(error));
    return ZM_EXIT_TOOL;
}

static int write_in_place(const struct zm_live_list *list, const struct asked *asked,
                          const char *path)
{
    FILE *file = fopen(path, "we");
    if (!file)
        return cant_write(asked->output, errno);
    int failed = zm_exposition_write(list, !asked->text, file) | ferror(file);
    failed |= fclose(file);
    return failed ? cant_write(asked->output, errno) : ZM_EXIT_OK;
}

/* Under another name first, so that whoever reads the file finds it whole. */
static int replace(const struct zm_live_list *list, const struct asked *asked, const char *path,
                   mode_t mode)
{
    char beside[PATH_MAX];
    if (snprintf(beside, sizeof beside, "%s.XXXXXX", path) >= (int)sizeof beside)
        return cant_write(asked->output, ENAMETOOLONG);
    int fd = mkstemp(beside);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    if (!file)
        return cant_write(asked->output, errno);
    int failed = zm_exposition_write(list, !asked->text, file) | ferror(file) | fchmod(fd, mode);
    failed |= fclose(file);
    if (!failed && rename(beside, path) == 0)
        return ZM_EXIT_OK;
    int error = errno;
    unlink(beside);
    return cant_write(asked->output, error);
}

/* A link stays one, a file keeps its mode, and a device or a pipe is written to. */
static int write_file(const struct zm_live_list *list, const struct asked *asked)
{
    char path[PATH_MAX];
    struct stat there;
    if (stat(asked->output, &there) != 0)
        return replace(list, asked, asked->output, 0644);
    if (!S_ISREG(there.st_mode) || !realpath(asked->output, path))
        return write_in_place(list, asked, asked->output);
    return replace(list, asked, path, there.st_mode & 07777);
}

static int set_port(const char *subcommand, const struct zm_option *option, const char *text,
                    void *into)
{
    struct asked *asked = into;
    uint64_t port;
    (void)option;
    if (!zm_parse_number(text, 0, UINT16_MAX, &port))
        return zm_usage_error(subcommand, "no port: '%s'", text);
    asked->port = (uint16_t)port;
    asked->listens = true;
    return 0;
}

static int print(const pid_t *pids, size_t count, const struct asked *asked)
{
    struct zm_live_list list;
    pid_t which = 0;
    int status = ZM_EXIT_OK;
    int error = zm_live_list_read(pids, count, NULL, &list, &which);
    if (error && which)
        (void)zm_live_refuse(NAME, which, error);
    else if (error)
        zm_error(NAME, "can't look at the processes: %s", strerror(-error));
    else if (list.unreadable)
        zm_error(NAME, "note: the memory of %zu processes may not be read", list.unreadable);
    if (error)
        status = ZM_EXIT_TOOL;
    else if (asked->output && strcmp(asked->output, "-") != 0)
        status = write_file(&list, asked);
    else if (zm_exposition_write(&list, !asked->text, stdout) != 0)
        status = cant_write("-", ENOMEM);
    zm_live_list_free(&list);
    return status;
}

static int metrics(int argc, char **argv)
{
    struct asked asked = {.output = NULL};
    int status;
    if (!zm_options_parse(&zm_subcommand_metrics, argc, argv, &asked, &status))
        return status;
    if (asked.listens && (asked.output || asked.text))
        return zm_usage_error(NAME, "--listen goes without --output and --text");
    pid_t *pids = zm_pids_parse(NAME, argc - optind, argv + optind, &status);
    if (!pids)
        return status;
    size_t count = (size_t)(argc - optind);
    status = asked.listens ? zm_metrics_serve(NAME, asked.port, pids, count)
                           : print(pids, count, &asked);
    free(pids);
    return zm_finish_stdout(NAME, status);
}

static const struct zm_option options[] = {
    {.name = "output",
     .letter = 'o',
     .value = "FILE",
     ZM_TEXT(output),
     .offer = zm_offer_files,
     .help = "Writes to this file, which is replaced at once, so that nobody reads half of it."},
    {.name = "text",
     ZM_FLAG(text),
     .help = "Writes Prometheus's older text format, which node_exporter's textfile collector "
             "reads, instead of OpenMetrics."},
    {.name = "listen",
     .value = "PORT",
     .set = set_port,
     .help = "Serves http://127.0.0.1:PORT/metrics until a signal comes, in the format that the "
             "scraper asks for. 0 takes a port that is free; it is told on stderr."},
    {0},
};

static const char *const synopses[] = {"[--text] [-o FILE] [PID...]", "--listen=PORT [PID...]",
                                       NULL};

static const char *const paragraphs[] = {
    "Prints the accounts of these processes, or of all on this machine that are on zmalloc, as "
    "metrics: zmalloc_used_bytes and others, with the labels pid, command, backend and version.",
    NULL,
};

static const struct zm_note exit_statuses[] = {
    {"0", "Success, also if no process has an account."},
    {"2", "Wrong usage."},
    {"125",
     "A process that was named can't be read, the file can't be written, or the port is in use."},
    ZM_EXIT_INTERRUPTED,
    {0},
};

static const struct zm_note examples[] = {
    {"zmalloc metrics", "All processes."},
    {"zmalloc metrics --text -o /var/lib/prometheus/node-exporter/zmalloc.prom",
     "For node_exporter, from a timer."},
    {"zmalloc metrics --listen=9797", "For Prometheus itself."},
    {0},
};

const struct zm_subcommand zm_subcommand_metrics = {
    .name = NAME,
    .summary = "print the accounts of running processes for Prometheus",
    .synopses = synopses,
    .paragraphs = paragraphs,
    .options = options,
    .exit_statuses = exit_statuses,
    .examples = examples,
    .operands = ZM_PROCESS_IDS,
    .main = metrics,
};
