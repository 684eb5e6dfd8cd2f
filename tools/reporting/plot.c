/* gnuplot is run once, on a script that draws all figures.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "plot.h"

#include "tools/common/cli.h"
#include "tools/common/command.h"
#include "tools/common/scratch.h"
#include "tools/process/child.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TIMEOUT_S 120

extern char **environ;

int zm_plots_begin(struct zm_plots *plots)
{
    char path[PATH_MAX + 8];
    *plots = (struct zm_plots){.count = 0};
    if (zm_command_look_up("gnuplot", plots->gnuplot) != 0) {
        plots->gnuplot[0] = '\0';
        return 0;
    }
    int status = zm_scratch_make(plots->directory);
    if (status != 0)
        return status;
    snprintf(path, sizeof path, "%s/script", plots->directory);
    plots->script = fopen(path, "we");
    if (!plots->script) {
        status = -errno;
        zm_scratch_remove(plots->directory);
        return status;
    }
    fputs("set encoding utf8\n", plots->script);
    return 0;
}

const char *zm_plots_draw(struct zm_plots *plots)
{
    if (!*plots->gnuplot)
        return "gnuplot is not installed";
    int failed = fclose(plots->script);
    plots->script = NULL;
    char script[PATH_MAX + 8], complaint[PATH_MAX + 8];
    snprintf(script, sizeof script, "%s/script", plots->directory);
    snprintf(complaint, sizeof complaint, "%s/stderr", plots->directory);
    char *const argv[] = {(char *)"gnuplot", script, NULL};
    struct zm_child child = {.program = plots->gnuplot,
                             .argv = argv,
                             .environment = environ,
                             .timeout_s = TIMEOUT_S,
                             .stderr_file = complaint};
    struct zm_child_end end = {0};
    if (!failed)
        zm_child_run(&child, &end);
    if (failed || end.spawn_error || end.status != 0)
        return "gnuplot failed";
    plots->done = true;
    return NULL;
}

/* Writes a line of SVG, with the page's colour for text instead of black. */
static void put_line(const char *line, FILE *out)
{
    static const char *const blacks[] = {"\"black\"", "'black'", "\"rgb(  0,   0,   0)\"",
                                         "'rgb(  0,   0,   0)'"};
    while (*line) {
        const char *next = NULL;
        size_t length = 0;
        for (size_t i = 0; i < sizeof blacks / sizeof *blacks; i++) {
            const char *found = strstr(line, blacks[i]);
            if (found && (!next || found < next)) {
                next = found;
                length = strlen(blacks[i]);
            }
        }
        if (!next) {
            fputs(line, out);
            return;
        }
        fprintf(out, "%.*s\"currentColor\"", (int)(next - line), line);
        line = next + length;
    }
}

bool zm_plots_put(const struct zm_plots *plots, int number, FILE *out)
{
    char path[PATH_MAX + 16], *line = NULL;
    size_t size = 0;
    if (!plots->done || number < 0)
        return false;
    snprintf(path, sizeof path, "%s/%d.svg", plots->directory, number);
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    bool inside = false;
    while (getline(&line, &size, file) > 0) {
        inside = inside || strncmp(line, "<svg", 4) == 0;
        if (inside)
            put_line(line, out);
    }
    free(line);
    fclose(file);
    return inside;
}

void zm_plots_end(struct zm_plots *plots)
{
    if (plots->script)
        fclose(plots->script);
    if (*plots->directory)
        zm_scratch_remove(plots->directory);
}
