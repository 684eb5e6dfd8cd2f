/* Tables of rules.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "gate_text.h"

#include "change.h"
#include "tools/common/printable.h"
#include "tools/common/table.h"
#include "tools/common/units.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *zm_gate_word(enum zm_verdict_of_gate verdict)
{
    return verdict == ZM_GATE_PASS         ? "pass"
           : verdict == ZM_GATE_REGRESSION ? "regression"
                                           : "undecided";
}

enum zm_verdict_of_gate zm_gate_report_verdict(const struct zm_gate_report *report)
{
    return report->failed ? ZM_GATE_REGRESSION : zm_gate_verdict(report->rulings);
}

const char *zm_gate_change(const struct zm_ruling *ruling, char *buf, size_t size)
{
    struct zm_finding finding = {
        .interval = ruling->change,
        .difference = zm_interval_tells(&ruling->change, 0),
    };
    buf[0] = '\0';
    if (!ruling->rule->relative || ruling->now.count == 0 || ruling->before.count == 0)
        return buf;
    char text[48];
    if (ruling->exact)
        snprintf(buf, size, "%+.0f exactly", ruling->now.median - ruling->before.median);
    else if (*zm_change(&finding, text, sizeof text))
        snprintf(buf, size, "%s%s", text, strchr(text, 'x') ? "" : " %");
    return buf;
}

static const char *value(const struct zm_ruling *ruling, const struct zm_spread *spread, char *buf,
                         size_t size)
{
    if (spread->count == 0)
        snprintf(buf, size, "-");
    else
        zm_with_unit(zm_figure_info(ruling->rule->figure)->quantity, spread->median, buf, size);
    return buf;
}

void zm_gate_sentence(const struct zm_gate_report *report, FILE *out)
{
    enum zm_verdict_of_gate verdict = zm_gate_report_verdict(report);
    if (report->failed) {
        fprintf(out, "Regression: %zu run%s failed: %s.", report->failed,
                report->failed == 1 ? "" : "s", report->reason);
        return;
    }
    fputs(verdict == ZM_GATE_PASS         ? "No regression."
          : verdict == ZM_GATE_REGRESSION ? "Regression:"
                                          : "Undecided:",
          out);
    const char *before = " ";
    for (size_t i = 0; verdict != ZM_GATE_PASS && i < report->rulings->count; i++) {
        const struct zm_ruling *r = &report->rulings->all[i];
        if (r->verdict != verdict)
            continue;
        fprintf(out, "%s%s under %s", before, r->rule->text, report->rows->all[r->row].label);
        before = ", ";
    }
    if (verdict != ZM_GATE_PASS)
        putc('.', out);
}

int zm_gate_print(const struct zm_gate_report *report, FILE *out, bool colour)
{
    struct zm_table *table = zm_table_new("llrrrl");
    char *sentence = NULL, text[64];
    size_t size;
    if (!table)
        return -ENOMEM;
    static const char *const titles[] = {"backend", "rule", "before", "now", "change", "verdict"};
    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++)
        zm_table_cell(table, "%s", titles[i]);
    for (size_t i = 0; i < report->rulings->count; i++) {
        const struct zm_ruling *r = &report->rulings->all[i];
        zm_table_cell(table, "%s", report->rows->all[r->row].label);
        zm_table_cell(table, "%s", r->rule->text);
        zm_table_cell(table, "%s",
                      r->rule->relative ? value(r, &r->before, text, sizeof text) : "");
        zm_table_cell(table, "%s", value(r, &r->now, text, sizeof text));
        zm_table_cell(table, "%s", zm_gate_change(r, text, sizeof text));
        zm_table_aside(table, "%s%s%s", zm_gate_word(r->verdict), r->why ? ": " : "",
                       r->why ? r->why : "");
    }
    int status = zm_table_print(table, out, colour);
    zm_table_free(table);
    FILE *words = status == 0 ? open_memstream(&sentence, &size) : NULL;
    if (!words)
        return -ENOMEM;
    zm_gate_sentence(report, words);
    status = fclose(words) == 0 ? 0 : -ENOMEM;
    if (status == 0) {
        zm_put_between(out, "\ncommand: ", report->command, "\n");
        if (report->baseline)
            zm_put_between(out, "baseline: ", report->baseline, "\n");
        if (*report->changed)
            zm_put_between(out, "since then: ", report->changed, "\n");
        fprintf(out, "medians of %u runs; at most 1 false alarm in %.0f\n\n", report->blocks,
                1 / ZM_FALSE_ALARMS);
        zm_put_between(out, "", sentence, "\n");
    }
    free(sentence);
    return status;
}

/* A text in a table: a bar would end its cell. */
static void put_cell(FILE *out, const char *text)
{
    char shown[512];
    fputs(" ", out);
    for (const char *c = zm_printable(text, shown, sizeof shown); *c; c++) {
        if (strchr("|\\`*_<>[]&", *c))
            putc('\\', out);
        putc(*c, out);
    }
    fputs(" |", out);
}

int zm_gate_markdown(const struct zm_gate_report *report, FILE *out)
{
    char *sentence = NULL, text[64];
    size_t size;
    FILE *words = open_memstream(&sentence, &size);
    if (!words)
        return -ENOMEM;
    zm_gate_sentence(report, words);
    if (fclose(words) != 0) {
        free(sentence);
        return -ENOMEM;
    }
    fputs("### zmalloc check\n\n|", out);
    put_cell(out, sentence);
    fputs("\n|---|\n\n| backend | rule | before | now | change | verdict |\n"
          "|---|---|--:|--:|--:|---|\n",
          out);
    for (size_t i = 0; i < report->rulings->count; i++) {
        const struct zm_ruling *r = &report->rulings->all[i];
        putc('|', out);
        put_cell(out, report->rows->all[r->row].label);
        put_cell(out, r->rule->text);
        put_cell(out, r->rule->relative ? value(r, &r->before, text, sizeof text) : "");
        put_cell(out, value(r, &r->now, text, sizeof text));
        put_cell(out, zm_gate_change(r, text, sizeof text));
        fprintf(out, " %s%s%s |\n", zm_gate_word(r->verdict), r->why ? ": " : "",
                r->why ? r->why : "");
    }
    fputs("\n|", out);
    put_cell(out, report->command);
    fprintf(out, " medians of %u runs |\n|---|---|\n\n", report->blocks);
    free(sentence);
    return 0;
}
