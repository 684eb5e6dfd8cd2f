/* Showing the figures that sysinfo reads of a process.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "info_memory.h"

#include "tools/common/cli.h"
#include "tools/common/units.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum group { USED, SHARED };

static const struct field {
    uint32_t bit;
    enum group group;
    size_t offset;
    const char *key; /* in JSON, where "_bytes" follows it */
    const char *title, *note;
} fields[] = {
#define FIELD(bit, group, member, title, note)                                                  \
    {                                                                                           \
        ZMALLOC_SYSINFO_##bit, group, offsetof(struct zmalloc_sysinfo_memory, member), #member, \
            title, note                                                                         \
    }
    FIELD(RSS, USED, rss, "resident (RSS)", ""),
    FIELD(PEAK_RSS, USED, peak_rss, "peak RSS", "since the program started"),
    FIELD(PRIVATE_ESTIMATE, USED, private_estimate, "private, estimate",
          "resident less shared: wrong after a fork"),
    FIELD(PRIVATE_DIRTY, USED, private_dirty, "private dirty", ""),
    FIELD(PRIVATE_RESIDENT, USED, private_resident, "private (USS)", "free if the process ended"),
    FIELD(ANONYMOUS, USED, anonymous, "anonymous", "resident and of no file"),
    FIELD(ANON_HUGE, USED, anon_huge, "huge pages", ""),
    FIELD(LAZY_FREE, USED, lazy_free, "lazily freed", "the kernel may take it"),
    FIELD(FOOTPRINT, USED, footprint, "footprint", ""),
    FIELD(COMPRESSED, USED, compressed, "compressed", ""),
    FIELD(COMMIT, USED, commit, "commit", "promised, resident or not"),
    FIELD(SWAP, USED, swap, "swapped out", ""),
    FIELD(SWAP_PSS, USED, swap_pss, "swapped out (PSS)", "each page divided by its users"),
    FIELD(PAGE_TABLES, USED, page_tables, "page tables", "the kernel's, beside the resident"),
    FIELD(VIRTUAL, USED, virtual_size, "address space", "mapped, resident or not"),
    FIELD(SHARED, SHARED, shared, "shared", "resident and of a file or shared memory"),
    FIELD(SHARED_DIRTY, SHARED, shared_dirty, "shared dirty", "with another process, now"),
    FIELD(SHARED_CLEAN, SHARED, shared_clean, "shared clean", "with another process, now"),
    FIELD(PSS, SHARED, pss, "proportional (PSS)", "each page divided by its users"),
#undef FIELD
};

#define FIELDS (sizeof fields / sizeof *fields)
#define WALKS  (ZMALLOC_SYSINFO_ALL & ~ZMALLOC_SYSINFO_CHEAP)

static uint64_t value_of(const struct zmalloc_sysinfo_memory *memory, const struct field *field)
{
    uint64_t value;
    memcpy(&value, (const char *)memory + field->offset, sizeof value);
    return value;
}

static const char *reason(int error)
{
    switch (error) {
    case -ESRCH:
        return "no such process";
    case -EACCES:
    case -EPERM:
        return "not permitted";
    case -ENODATA:
        return "a zombie or a kernel thread, which has no memory";
    case -ENOENT:
        return "/proc is not mounted";
    default:
        return strerror(-error);
    }
}

static int refuse(const char *subcommand, const char *what, const struct zm_memory *memory,
                  int error)
{
    zm_error(subcommand, "can't %s of process %lld: %s", what, (long long)memory->pid,
             reason(error));
    return ZM_EXIT_TOOL;
}

int zm_memory_read(const char *subcommand, int64_t pid, bool walk, struct zm_memory *out)
{
    struct zmalloc_sysinfo_memory walked = {.struct_size = sizeof walked};
    *out = (struct zm_memory){.pid = pid ? pid : (int64_t)getpid(),
                              .figures.struct_size = sizeof out->figures};
    int error = zmalloc_sysinfo_memory(pid, walk ? ZMALLOC_SYSINFO_ALL : ZMALLOC_SYSINFO_CHEAP,
                                       &out->figures);
    if (error != 0)
        return refuse(subcommand, "read the memory", out, error);
    zm_limits_read(pid, &out->limits);
    if (walk && !(out->figures.has & WALKS)) {
        error = zmalloc_sysinfo_memory(pid, WALKS, &walked);
        if (error != 0 && error != -ENOTSUP)
            return refuse(subcommand, "walk the page tables", out, error);
    }
    return 0;
}

/* The memory that a fork may cost after it. Fork itself copies the page tables; later, each page
 * that belongs to no file is copied when either process writes to it, also a page that is swapped
 * out now. False if it is not known. */
static bool fork_later(const struct zmalloc_sysinfo_memory *figures, uint64_t *bytes)
{
    *bytes = figures->anonymous + (figures->has & ZMALLOC_SYSINFO_SWAP ? figures->swap : 0);
    if (figures->has & ZMALLOC_SYSINFO_ANONYMOUS)
        return true;
    *bytes = figures->private_resident;
    return figures->has & ZMALLOC_SYSINFO_PRIVATE_RESIDENT;
}

static void add(struct zm_table *table, const char *title, uint64_t bytes, const char *note)
{
    char buf[32];
    zm_table_cell(table, "  %s", title);
    zm_table_cell(table, "%s", zm_with_unit(ZM_BYTES, (double)bytes, buf, sizeof buf));
    zm_table_cell(table, "%s", note);
}

static void add_group(struct zm_table *table, enum group group, const char *title,
                      const struct zmalloc_sysinfo_memory *figures)
{
    bool titled = false;
    for (size_t i = 0; i < FIELDS; i++) {
        if (fields[i].group != group || !(figures->has & fields[i].bit))
            continue;
        if (!titled)
            zm_table_aside(table, "%s", title);
        titled = true;
        add(table, fields[i].title, value_of(figures, &fields[i]), fields[i].note);
    }
}

int zm_memory_print(const struct zm_memory *memory, FILE *out)
{
    const struct zmalloc_sysinfo_memory *figures = &memory->figures;
    bool at_once = figures->has & ZMALLOC_SYSINFO_PAGE_TABLES;
    uint64_t later;
    bool later_known = fork_later(figures, &later);
    struct zm_table *table = zm_table_new("lrl");
    if (!table)
        return -ENOMEM;
    zm_table_aside(table, "process %lld", (long long)memory->pid);
    add_group(table, USED, "used", figures);
    add_group(table, SHARED, "shared", figures);
    if (at_once || later_known)
        zm_table_aside(table, "a fork would cost");
    if (at_once)
        add(table, "at once", figures->page_tables, "the page tables");
    if (later_known)
        add(table, "later, at most", later, "as either process writes");
    zm_limits_add(&memory->limits, table);
    int status = zm_table_print(table, out, false);
    zm_table_free(table);
    return status ? status : zm_limits_print(&memory->limits, out);
}

static json_t *figures_json(const struct zmalloc_sysinfo_memory *figures)
{
    json_t *object = json_object();
    char key[64];
    for (size_t i = 0; object && i < FIELDS; i++) {
        snprintf(key, sizeof key, "%s_bytes", fields[i].key);
        json_object_set_new(
            object, key,
            zm_amount_json(figures->has & fields[i].bit, value_of(figures, &fields[i])));
    }
    return object;
}

json_t *zm_memory_json(const struct zm_memory *memory)
{
    const struct zmalloc_sysinfo_memory *figures = &memory->figures;
    uint64_t later;
    bool later_known = fork_later(figures, &later);
    return json_pack(
        "{s:I, s:o, s:{s:o, s:o}, s:o, s:o}", "pid", (json_int_t)memory->pid, "memory",
        figures_json(figures), "fork", "at_once_bytes",
        zm_amount_json(figures->has & ZMALLOC_SYSINFO_PAGE_TABLES, figures->page_tables),
        "later_at_most_bytes", zm_amount_json(later_known, later), "limits",
        zm_limits_json(&memory->limits), "pressure", zm_pressure_json(&memory->limits));
}
