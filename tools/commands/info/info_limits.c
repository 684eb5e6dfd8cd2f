/* Showing the limits and the pressure that sysinfo finds.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "info_limits.h"

#include "tools/common/units.h"
#include "tools/results/jsonlines.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

void zm_limits_read(int64_t pid, struct zm_limits *out)
{
    *out = (struct zm_limits){.pid = pid,
                              .limit.struct_size = sizeof out->limit,
                              .machine.struct_size = sizeof out->machine,
                              .cgroup.struct_size = sizeof out->cgroup};
    out->error = zmalloc_sysinfo_limit(pid, &out->limit);
    zmalloc_sysinfo_pressure(ZMALLOC_SYSINFO_PRESSURE_MACHINE, &out->machine);
    if (pid == 0)
        zmalloc_sysinfo_pressure(ZMALLOC_SYSINFO_PRESSURE_CGROUP, &out->cgroup);
}

static struct zmalloc_sysinfo_level level_of(const struct zm_limits *limits, uint32_t number)
{
    struct zmalloc_sysinfo_level level = {.struct_size = sizeof level};
    zmalloc_sysinfo_level(limits->pid, number, &level); /* if it fails, no bit is set */
    return level;
}

static const char *amount(bool known, uint64_t bytes, char *buf, size_t size)
{
    if (!known)
        return "-";
    if (bytes == ZMALLOC_SYSINFO_UNLIMITED)
        return "unlimited";
    return zm_with_unit(ZM_BYTES, (double)bytes, buf, size);
}

static const char *decider(uint32_t by, uint32_t level, char *buf, size_t size)
{
    switch (by) {
    case ZMALLOC_SYSINFO_BY_CGROUP:
        if (level == ZMALLOC_SYSINFO_LEVEL_HIDDEN)
            return "a cgroup level that is not mounted here";
        snprintf(buf, size, "cgroup level %u", level);
        return buf;
    case ZMALLOC_SYSINFO_BY_ADDRESS_SPACE:
        return "address space";
    case ZMALLOC_SYSINFO_BY_JOB:
        return "job";
    default:
        return "RAM";
    }
}

static void add(struct zm_table *table, const char *title, bool known, uint64_t bytes,
                const char *note)
{
    char buf[32];
    if (!known)
        return;
    zm_table_cell(table, "  %s", title);
    zm_table_cell(table, "%s", amount(true, bytes, buf, sizeof buf));
    zm_table_cell(table, "%s", note);
}

void zm_limits_add(const struct zm_limits *limits, struct zm_table *table)
{
    const struct zmalloc_sysinfo_limit *l = &limits->limit;
    char by[64], left[32];
    zm_table_aside(table, "limits");
    if (limits->error)
        zm_table_aside(table, "  unknown: %s", strerror(-limits->error));
    snprintf(by, sizeof by, "set by %s",
             decider(l->effective_by, l->effective_level, left, sizeof left));
    add(table, "effective", l->has & ZMALLOC_SYSINFO_LIMIT_EFFECTIVE, l->effective, by);
    snprintf(by, sizeof by, "left by %s",
             decider(l->headroom_by, l->headroom_level, left, sizeof left));
    add(table, "headroom", l->has & ZMALLOC_SYSINFO_LIMIT_HEADROOM, l->headroom, by);
    add(table, "RAM", l->has & ZMALLOC_SYSINFO_LIMIT_RAM, l->ram, "");
    add(table, "available", l->has & ZMALLOC_SYSINFO_LIMIT_AVAILABLE, l->available,
        "of RAM, without swapping");
    add(table, "address space", l->has & ZMALLOC_SYSINFO_LIMIT_ADDRESS_SPACE, l->address_space, "");
    add(table, "job", l->has & ZMALLOC_SYSINFO_LIMIT_JOB, l->job, "");
    add(table, "cgroups", l->has & ZMALLOC_SYSINFO_LIMIT_CGROUP, l->cgroup, "");
    if (l->has & ZMALLOC_SYSINFO_LIMIT_PARTIAL)
        zm_table_aside(table, "  or less: some cgroup levels can't be seen");
    add(table, "high", l->has & ZMALLOC_SYSINFO_LIMIT_HIGH, l->high,
        "the kernel slows who is above");
    add(table, "swap", l->has & ZMALLOC_SYSINFO_LIMIT_SWAP, l->swap, "");
}

static int print_levels(const struct zm_limits *limits, FILE *out)
{
    static const char *const titles[] = {"limit", "used",       "cache",     "left",
                                         "high",  "swap limit", "swap used", "path"};
    const struct zmalloc_sysinfo_limit *l = &limits->limit;
    if (l->cgroup_levels == 0)
        return 0;
    struct zm_table *table = zm_table_new("lrrrrrrrl");
    if (!table)
        return -ENOMEM;
    zm_table_cell(table, "cgroup v%u", l->cgroup_version);
    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++)
        zm_table_cell(table, "%s", titles[i]);
    for (uint32_t n = 0; n < l->cgroup_levels; n++) {
        struct zmalloc_sysinfo_level level = level_of(limits, n);
        const struct {
            uint32_t bit;
            uint64_t bytes;
        } cells[] = {{ZMALLOC_SYSINFO_LEVEL_LIMIT, level.limit},
                     {ZMALLOC_SYSINFO_LEVEL_USAGE, level.usage},
                     {ZMALLOC_SYSINFO_LEVEL_CACHE, level.cache},
                     {ZMALLOC_SYSINFO_LEVEL_HEADROOM, level.headroom},
                     {ZMALLOC_SYSINFO_LEVEL_HIGH, level.high},
                     {ZMALLOC_SYSINFO_LEVEL_SWAP_LIMIT, level.swap_limit},
                     {ZMALLOC_SYSINFO_LEVEL_SWAP_USAGE, level.swap_usage}};
        bool decides = l->effective_by == ZMALLOC_SYSINFO_BY_CGROUP && l->effective_level == n;
        zm_table_cell(table, "  level %u", n);
        for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
            char buf[32];
            const char *text = amount(level.has & cells[i].bit, cells[i].bytes, buf, sizeof buf);
            (decides && i == 0 ? zm_table_best : zm_table_cell)(table, "%s", text);
        }
        zm_table_cell(table, "%s", level.has & ZMALLOC_SYSINFO_LEVEL_PATH ? level.path : "-");
    }
    putc('\n', out);
    int status = zm_table_print(table, out, zm_wants_colour(out));
    zm_table_free(table);
    return status;
}

static void add_stall(struct zm_table *table, const char *title, bool known,
                      const struct zmalloc_sysinfo_stall *stall)
{
    if (!known)
        return;
    zm_table_cell(table, "  %s", title);
    zm_table_cell(table, "%.2f %%", (double)stall->avg10 / 100);
    zm_table_cell(table, "%.2f %%", (double)stall->avg60 / 100);
    zm_table_cell(table, "%.2f %%", (double)stall->avg300 / 100);
}

static int print_pressure(const struct zm_limits *limits, FILE *out)
{
    if (!limits->machine.has && !limits->cgroup.has)
        return 0;
    struct zm_table *table = zm_table_new("lrrr");
    if (!table)
        return -ENOMEM;
    zm_table_cell(table, "time spent waiting for memory");
    zm_table_cell(table, "10 s");
    zm_table_cell(table, "60 s");
    zm_table_cell(table, "300 s");
    add_stall(table, "machine, some tasks", limits->machine.has & ZMALLOC_SYSINFO_PRESSURE_SOME,
              &limits->machine.some);
    add_stall(table, "machine, all tasks", limits->machine.has & ZMALLOC_SYSINFO_PRESSURE_FULL,
              &limits->machine.full);
    add_stall(table, "cgroup, some tasks", limits->cgroup.has & ZMALLOC_SYSINFO_PRESSURE_SOME,
              &limits->cgroup.some);
    add_stall(table, "cgroup, all tasks", limits->cgroup.has & ZMALLOC_SYSINFO_PRESSURE_FULL,
              &limits->cgroup.full);
    putc('\n', out);
    int status = zm_table_print(table, out, false);
    zm_table_free(table);
    return status;
}

int zm_limits_print(const struct zm_limits *limits, FILE *out)
{
    int status = print_levels(limits, out);
    return status ? status : print_pressure(limits, out);
}

json_t *zm_amount_json(bool known, uint64_t bytes)
{
    if (!known)
        return json_null();
    return bytes == ZMALLOC_SYSINFO_UNLIMITED ? json_string("unlimited")
                                              : json_integer((json_int_t)bytes);
}

static json_t *by_json(bool known, uint32_t by)
{
    static const char *const names[] = {[ZMALLOC_SYSINFO_BY_RAM] = "ram",
                                        [ZMALLOC_SYSINFO_BY_CGROUP] = "cgroup",
                                        [ZMALLOC_SYSINFO_BY_ADDRESS_SPACE] = "address_space",
                                        [ZMALLOC_SYSINFO_BY_JOB] = "job"};
    return known ? json_string(names[by]) : json_null();
}

static json_t *number_json(bool known, uint32_t number)
{
    return known ? json_integer(number) : json_null();
}

static json_t *levels_json(const struct zm_limits *limits)
{
    json_t *levels = json_array();
    for (uint32_t n = 0; n < limits->limit.cgroup_levels; n++) {
        struct zmalloc_sysinfo_level l = level_of(limits, n);
#define AMOUNT(bit, member) zm_amount_json(l.has &ZMALLOC_SYSINFO_LEVEL_##bit, l.member)
        json_array_append_new(
            levels,
            json_pack("{s:i, s:o?, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "level", (int)n, "path",
                      l.has & ZMALLOC_SYSINFO_LEVEL_PATH ? zm_json_text(l.path) : NULL,
                      "limit_bytes", AMOUNT(LIMIT, limit), "usage_bytes", AMOUNT(USAGE, usage),
                      "cache_bytes", AMOUNT(CACHE, cache), "headroom_bytes",
                      AMOUNT(HEADROOM, headroom), "high_bytes", AMOUNT(HIGH, high),
                      "swap_limit_bytes", AMOUNT(SWAP_LIMIT, swap_limit), "swap_usage_bytes",
                      AMOUNT(SWAP_USAGE, swap_usage)));
#undef AMOUNT
    }
    return levels;
}

json_t *zm_limits_json(const struct zm_limits *limits)
{
    const struct zmalloc_sysinfo_limit *l = &limits->limit;
    bool effective = l->has & ZMALLOC_SYSINFO_LIMIT_EFFECTIVE;
    bool headroom = l->has & ZMALLOC_SYSINFO_LIMIT_HEADROOM;
#define AMOUNT(bit, member) zm_amount_json(l->has &ZMALLOC_SYSINFO_LIMIT_##bit, l->member)
#define LEVEL(who)                                                  \
    number_json(who && l->who##_by == ZMALLOC_SYSINFO_BY_CGROUP &&  \
                    l->who##_level != ZMALLOC_SYSINFO_LEVEL_HIDDEN, \
                l->who##_level)
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:o}",
        "effective_bytes", AMOUNT(EFFECTIVE, effective), "effective_by",
        by_json(effective, l->effective_by), "effective_level", LEVEL(effective), "headroom_bytes",
        AMOUNT(HEADROOM, headroom), "headroom_by", by_json(headroom, l->headroom_by),
        "headroom_level", LEVEL(headroom), "ram_bytes", AMOUNT(RAM, ram), "available_bytes",
        AMOUNT(AVAILABLE, available), "address_space_bytes", AMOUNT(ADDRESS_SPACE, address_space),
        "job_bytes", AMOUNT(JOB, job), "cgroup_bytes", AMOUNT(CGROUP, cgroup), "high_bytes",
        AMOUNT(HIGH, high), "swap_bytes", AMOUNT(SWAP, swap), "cgroup_version",
        number_json(l->cgroup_version != 0, l->cgroup_version), "partial",
        (l->has & ZMALLOC_SYSINFO_LIMIT_PARTIAL) != 0, "levels", levels_json(limits));
#undef LEVEL
#undef AMOUNT
}

static json_t *stall_json(bool known, const struct zmalloc_sysinfo_stall *stall)
{
    if (!known)
        return json_null();
    return json_pack("{s:f, s:f, s:f, s:I}", "avg10_percent", (double)stall->avg10 / 100,
                     "avg60_percent", (double)stall->avg60 / 100, "avg300_percent",
                     (double)stall->avg300 / 100, "total_us", (json_int_t)stall->total_us);
}

json_t *zm_pressure_json(const struct zm_limits *limits)
{
    const struct zmalloc_sysinfo_pressure *m = &limits->machine, *c = &limits->cgroup;
    return json_pack("{s:{s:o, s:o}, s:{s:o, s:o}}", "machine", "some",
                     stall_json(m->has & ZMALLOC_SYSINFO_PRESSURE_SOME, &m->some), "full",
                     stall_json(m->has & ZMALLOC_SYSINFO_PRESSURE_FULL, &m->full), "cgroup", "some",
                     stall_json(c->has & ZMALLOC_SYSINFO_PRESSURE_SOME, &c->some), "full",
                     stall_json(c->has & ZMALLOC_SYSINFO_PRESSURE_FULL, &c->full));
}
