/* Writing what rows ran as one types it.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "commands.h"

#include "markup.h"
#include "tables.h"
#include "tools/common/shell.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The program in the place of which the reader puts his own; else the command that was measured.
 * Benchmarks are none that anybody else has, and of a server there are two commands. */
static const char *program_of(const struct zm_page *page, const struct zm_page_part *part,
                              const struct zm_row *row)
{
    const struct zm_group *group = part->sections[0].group;
    const json_t *record = page->dataset->runs[group->run].record;
    const char *tool = json_string_value(json_object_get(record, "tool"));
    if (row->command)
        return row->command;
    if (part->across->workload_count > 1 || !tool || strcmp(tool, "compare") != 0 ||
        strstr(group->workload, " under "))
        return "PROGRAM";
    return group->workload;
}

/* "NAME=value", the value quoted where a shell needs it. */
static int put_setting(FILE *out, char *setting)
{
    char *value = strchr(setting, '=');
    if (!value)
        return 0;
    char *quoted = zm_shell_line((char *const[]){value + 1, NULL});
    if (!quoted)
        return -ENOMEM;
    fprintf(out, "%.*s%s ", (int)(value + 1 - setting), setting, quoted);
    free(quoted);
    return 0;
}

static int put_line(FILE *out, const struct zm_page *page, const struct zm_page_part *part,
                    const struct zm_row *row)
{
    char *line = NULL;
    size_t size;
    FILE *text = open_memstream(&line, &size);
    char *backend = zm_shell_line((char *const[]){row->backend, NULL});
    int status = text && backend ? 0 : -ENOMEM;
    for (char *const *s = row->settings; s && *s && status == 0; s++)
        status = put_setting(text, *s);
    if (status == 0)
        fprintf(text, "zmalloc run -b %s -- %s", backend, program_of(page, part, row));
    if (text && fclose(text) != 0)
        status = -ENOMEM;
    if (status == 0)
        zm_markup_between(out, "<code>", line, "</code>");
    free(backend);
    free(line);
    return status;
}

int zm_commands_use(FILE *out, const struct zm_page *page, const struct zm_page_part *part,
                    const char *label)
{
    fputs("<div class=\"copy use\"><span>To use it</span> ", out);
    int status = put_line(out, page, part, zm_page_row_anywhere(part, label));
    fputs("</div>\n", out);
    return status;
}

static bool has_settings(const struct zm_row *row)
{
    return row && row->settings && row->settings[0];
}

bool zm_commands_any(const struct zm_page_part *part)
{
    for (size_t i = 0; i < part->rankings.wall.count; i++) {
        const char *label = part->across->rows[part->rankings.wall.order[i]].label;
        if (has_settings(zm_page_row_anywhere(part, label)))
            return true;
    }
    return false;
}

int zm_commands_settings(FILE *out, const struct zm_page *page, const struct zm_page_part *part)
{
    const struct zm_ranking *wall = &part->rankings.wall;
    int status = 0;
    fprintf(out,
            "<section id=settings%zu><h2>Settings to copy</h2>\n<p class=note>Each line runs the "
            "program as the row ran it, the fastest first.</p>\n",
            part->number);
    for (size_t i = 0; i < wall->count && status == 0; i++) {
        size_t r = wall->order[i];
        const struct zm_row *row = zm_page_row_anywhere(part, part->across->rows[r].label);
        const struct zm_mean *mean = &wall->means[r];
        if (!has_settings(row))
            continue;
        fputs("<div class=copy><span>", out);
        zm_tables_label(out, page, row);
        if (mean->interval.pairs > 0) {
            fprintf(out, " <small class=%s>", zm_markup_class(mean->difference));
            zm_markup_change(out, mean->interval.ratio);
            fputs("</small>", out);
        }
        fputs("</span> ", out);
        status = put_line(out, page, part, row);
        fputs("</div>\n", out);
    }
    fputs("</section>\n", out);
    return status;
}
