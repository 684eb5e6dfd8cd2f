/* JUnit's XML, and the JSON of github-action-benchmark and of Bencher.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "gate_export.h"

#include "html.h"
#include "tools/common/printable.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

/* ---- JUnit: what is undecided was skipped ---- */

static void put_attribute(FILE *out, const char *name, const char *text)
{
    fprintf(out, " %s=\"", name);
    zm_html_text(out, text);
    putc('"', out);
}

static void put_case(FILE *out, const struct zm_gate_report *report, const struct zm_ruling *r)
{
    char name[128], change[64];
    snprintf(name, sizeof name, "%s: %s", report->rows->all[r->row].label, r->rule->text);
    fputs("    <testcase", out);
    put_attribute(out, "classname", report->command);
    put_attribute(out, "name", name);
    fputs(">\n", out);
    if (r->verdict == ZM_GATE_UNDECIDED) {
        fputs("      <skipped", out);
        put_attribute(out, "message", r->why);
        fputs("/>\n", out);
    } else if (r->verdict == ZM_GATE_REGRESSION) {
        fputs("      <failure", out);
        zm_gate_change(r, change, sizeof change);
        put_attribute(out, "message", *change ? change : "above the limit");
        fprintf(out, ">before %.9g, now %.9g</failure>\n", r->before.median, r->now.median);
    }
    fputs("    </testcase>\n", out);
}

static size_t count(const struct zm_gate_report *report, enum zm_verdict_of_gate verdict)
{
    size_t found = 0;
    for (size_t i = 0; i < report->rulings->count; i++)
        found += report->rulings->all[i].verdict == verdict;
    return found;
}

static int write_junit(const struct zm_gate_report *report, FILE *out)
{
    size_t failed = report->failed > 0;
    fprintf(out,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
            "  <testsuite name=\"zmalloc check\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" "
            "skipped=\"%zu\">\n",
            report->rulings->count + failed, count(report, ZM_GATE_REGRESSION), failed,
            count(report, ZM_GATE_UNDECIDED));
    if (failed) {
        fputs("    <testcase", out);
        put_attribute(out, "classname", report->command);
        put_attribute(out, "name", "all runs end well");
        fputs(">\n      <error", out);
        put_attribute(out, "message", report->reason);
        fputs("/>\n    </testcase>\n", out);
    }
    for (size_t i = 0; i < report->rulings->count; i++)
        put_case(out, report, &report->rulings->all[i]);
    fputs("  </testsuite>\n</testsuites>\n", out);
    return 0;
}

/* ---- JSON ---- */

static int write_json(json_t *json, FILE *out)
{
    int status =
        json && json_dumpf(json, out, JSON_INDENT(2) | JSON_PRESERVE_ORDER) == 0 ? 0 : -ENOMEM;
    putc('\n', out);
    json_decref(json);
    return status;
}

static json_t *text_of(const char *text)
{
    char shown[512];
    return json_string(zm_printable(text, shown, sizeof shown));
}

static const char *unit_of(enum zm_figure figure)
{
    switch (zm_figure_info(figure)->quantity) {
    case ZM_SECONDS:
        return "s";
    case ZM_NANOSECONDS:
        return "ns";
    case ZM_BYTES:
        return "bytes";
    case ZM_SHARE:
        return "share";
    default:
        return "count";
    }
}

/* The figure's name that the rule begins with. */
static void name_of(const struct zm_rule *rule, char out[ZM_RULE_TEXT])
{
    snprintf(out, ZM_RULE_TEXT, "%.*s", (int)strcspn(rule->text, " \t<>"), rule->text);
}

/* Each figure once, however many rules it has. */
static bool is_first(const struct zm_rulings *rulings, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (rulings->all[i].row == rulings->all[index].row &&
            rulings->all[i].rule->figure == rulings->all[index].rule->figure)
            return false;
    }
    return rulings->all[index].now.count > 0;
}

/* Its "customSmallerIsBetter": figures of which more is better do not belong there. */
static int write_github(const struct zm_gate_report *report, FILE *out)
{
    json_t *all = json_array();
    for (size_t i = 0; i < report->rulings->count; i++) {
        const struct zm_ruling *r = &report->rulings->all[i];
        char figure[ZM_RULE_TEXT], name[128], range[64];
        if (!is_first(report->rulings, i) ||
            zm_figure_info(r->rule->figure)->better == ZM_MORE_IS_BETTER)
            continue;
        name_of(r->rule, figure);
        snprintf(name, sizeof name, "%s, %s", figure, report->rows->all[r->row].label);
        snprintf(range, sizeof range, "%.6g to %.6g", r->now.min, r->now.max);
        json_array_append_new(all,
                              json_pack("{s:o, s:s, s:f, s:s, s:o}", "name", text_of(name), "unit",
                                        unit_of(r->rule->figure), "value", r->now.median, "range",
                                        range, "extra", text_of(report->command)));
    }
    return write_json(all, out);
}

/* Bencher's metric format: benchmarks, their measures, and of each the value and its bounds. */
static int write_bencher(const struct zm_gate_report *report, FILE *out)
{
    json_t *all = json_object();
    for (size_t i = 0; i < report->rulings->count; i++) {
        const struct zm_ruling *r = &report->rulings->all[i];
        char figure[ZM_RULE_TEXT], shown[512], name[600];
        if (!is_first(report->rulings, i))
            continue;
        name_of(r->rule, figure);
        snprintf(name, sizeof name, "%s (%s)", zm_printable(report->command, shown, sizeof shown),
                 report->rows->all[r->row].label);
        json_t *measures = json_object_get(all, name);
        if (!measures) {
            measures = json_object();
            json_object_set_new(all, name, measures);
        }
        json_object_set_new(measures, figure,
                            json_pack("{s:f, s:f, s:f}", "value", r->now.median, "lower_value",
                                      r->now.min, "upper_value", r->now.max));
    }
    return write_json(all, out);
}

/* ---- the list ---- */

zm_gate_writer *zm_gate_writer_named(const char *name)
{
    static const struct {
        const char *name;
        zm_gate_writer *write;
    } writers[] = {
        {"junit", write_junit},
        {"markdown", zm_gate_markdown},
        {"github-action-benchmark", write_github},
        {"bencher", write_bencher},
    };
    for (size_t i = 0; i < sizeof writers / sizeof *writers; i++) {
        if (strcmp(writers[i].name, name) == 0)
            return writers[i].write;
    }
    return NULL;
}
