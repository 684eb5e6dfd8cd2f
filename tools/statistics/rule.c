/* Reading rules.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "rule.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    enum zm_figure figure;
} figures[] = {
    {"allocs", ZM_ALLOCATIONS},
    {"allocated", ZM_ALLOCATED},
    {"peak_live", ZM_PEAK_LIVE},
    {"peak_rss", ZM_PEAK_RSS},
    {"peak_memory", ZM_PEAK_MEMORY},
    {"wall", ZM_WALL},
    {"cpu", ZM_CPU},
    {"minor_faults", ZM_MINOR_FAULTS},
    {"instructions", ZM_INSTRUCTIONS},
    {"ops_per_s", ZM_THROUGHPUT},
    {"latency_p50", ZM_LATENCY_P50},
    {"latency_p99", ZM_LATENCY_P99},
    {"latency_p999", ZM_LATENCY_P999},
    {"overhead", ZM_FRAGMENTATION},
};
enum { FIGURES = sizeof figures / sizeof *figures };

static const struct {
    const char *name;
    enum zm_quantity quantity;
    double is;
} units[] = {
    {"B", ZM_BYTES, 1},          {"KiB", ZM_BYTES, 1024},    {"MiB", ZM_BYTES, 1 << 20},
    {"GiB", ZM_BYTES, 1 << 30},  {"s", ZM_SECONDS, 1},       {"ms", ZM_SECONDS, 1e-3},
    {"us", ZM_SECONDS, 1e-6},    {"ns", ZM_NANOSECONDS, 1},  {"us", ZM_NANOSECONDS, 1e3},
    {"ms", ZM_NANOSECONDS, 1e6}, {"s", ZM_NANOSECONDS, 1e9}, {"k", ZM_COUNT, 1e3},
    {"M", ZM_COUNT, 1e6},        {"G", ZM_COUNT, 1e9},       {"%", ZM_SHARE, 0.01},
};
enum { UNITS = sizeof units / sizeof *units };

const char *zm_rule_figure_name(size_t index)
{
    return index < FIGURES ? figures[index].name : NULL;
}

static const char *skip_spaces(const char *text)
{
    return text + strspn(text, " \t");
}

static const char *take_figure(const char **text, enum zm_figure *out)
{
    size_t length = strcspn(*text, " \t<>");
    for (size_t i = 0; i < FIGURES; i++) {
        if (strlen(figures[i].name) == length && memcmp(*text, figures[i].name, length) == 0) {
            *out = figures[i].figure;
            *text = skip_spaces(*text + length);
            return NULL;
        }
    }
    return "it begins with no figure's name";
}

static const char *take_change(const char *number, const char *unit, double value,
                               struct zm_rule *out)
{
    if (strcmp(unit, "%") != 0)
        return "a change, which has a sign, is in %";
    if (value <= -100)
        return "nothing can be less by 100 % and more";
    if (*number == '-' && out->above)
        return "> takes a change with +, or an amount";
    if (*number == '+' && !out->above)
        return "< takes a change with -, or an amount";
    out->relative = true;
    out->limit = 1 + value / 100;
    return NULL;
}

static const char *take_amount(const char *unit, double value, struct zm_rule *out)
{
    enum zm_quantity quantity = zm_figure_info(out->figure)->quantity;
    out->limit = value;
    if (value <= 0)
        return "an amount is above 0; a change has a sign";
    if (!*unit && quantity == ZM_COUNT)
        return NULL;
    for (size_t i = 0; i < UNITS; i++) {
        if (units[i].quantity == quantity && strcmp(units[i].name, unit) == 0) {
            out->limit = value * units[i].is;
            return NULL;
        }
    }
    return *unit ? "the figure has another unit" : "an amount of this figure needs a unit";
}

static const char *parse(const char *text, struct zm_rule *out)
{
    const char *problem = take_figure(&text, &out->figure);
    if (problem)
        return problem;
    if (*text != '<' && *text != '>')
        return "behind the figure comes < or >";
    out->above = *text == '>';
    const char *number = skip_spaces(text + 1);
    char *end, unit[8] = "";
    double value = strtod(number, &end);
    if (end == number || !isfinite(value))
        return "a number is missing";
    const char *rest = skip_spaces(end);
    size_t length = strcspn(rest, " \t");
    if (length >= sizeof unit || *skip_spaces(rest + length))
        return "there is too much behind the number";
    memcpy(unit, rest, length);
    bool is_change = *number == '+' || *number == '-';
    return is_change ? take_change(number, unit, value, out) : take_amount(unit, value, out);
}

const char *zm_rules_add(struct zm_rules *rules, const char *text)
{
    struct zm_rule rule = {.relative = false};
    text = skip_spaces(text);
    if (strlen(text) >= sizeof rule.text)
        return "it is too long";
    if (rules->count == ZM_RULES_MAX)
        return "there are too many rules";
    strcpy(rule.text, text);
    const char *problem = parse(text, &rule);
    if (!problem)
        rules->all[rules->count++] = rule;
    return problem;
}
