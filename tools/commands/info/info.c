/* zmalloc info: what is built in, and where it runs.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "info_capabilities.h"
#include "info_memory.h"
#include "tools/commands/commands.h"
#include "tools/common/cli.h"
#include "tools/common/host.h"
#include "tools/common/printable.h"
#include "tools/common/table.h"
#include "tools/common/units.h"
#include "tools/options/complete.h"
#include "tools/options/parse.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <zmalloc/backend.h>

#define NAME "info"

static bool describe(size_t index, struct zmalloc_backend_info *out)
{
    *out = (struct zmalloc_backend_info){.struct_size = sizeof *out};
    return zmalloc_backend_describe(index, out) == 0;
}

static void put_line(const char *title, const char *text)
{
    printf("%-11s", title);
    zm_put_between(stdout, "", *text ? text : "unknown", "\n");
}

static void list_capabilities(uint32_t caps, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (unsigned bit = 0; bit < 32 && used < size; bit++) {
        const char *word = caps >> bit & 1 ? zmalloc_capability_name(UINT32_C(1) << bit) : NULL;
        if (word)
            used += (size_t)snprintf(out + used, size - used, "%s%s", used ? " " : "", word);
    }
}

/* What concerns every block; the rest is a table of its own. */
#define OF_BLOCKS                                                              \
    (ZMALLOC_CAP_USABLE | ZMALLOC_CAP_SIZED_FREE | ZMALLOC_CAP_NATIVE_TOTALS | \
     ZMALLOC_CAP_HEADER_PREFIX)

static int print_text(const struct zm_host *host)
{
    struct zmalloc_backend_info info;
    char caps[256], buf[32];
    struct zm_table *table = zm_table_new("llll");
    if (!table)
        return ZM_EXIT_TOOL;
    zm_table_cell(table, "backend");
    zm_table_cell(table, "version");
    zm_table_cell(table, "default");
    zm_table_cell(table, "capabilities");
    for (size_t i = 0; describe(i, &info); i++) {
        list_capabilities(info.caps & OF_BLOCKS, caps, sizeof caps);
        zm_table_cell(table, "%s", info.name);
        zm_table_cell(table, "%s", info.version);
        zm_table_cell(table, "%s", info.is_default ? "yes" : "");
        zm_table_cell(table, "%s", caps);
    }
    zm_table_aside(table, "%s", "what else they can do: zmalloc info --capabilities");
    zm_table_aside(table, "%s", "");
    int status = zm_table_print(table, stdout, false);
    zm_table_free(table);

    printf("library    zmalloc %s\n", zmalloc_version());
    put_line("system", host->system);
    put_line("CPU", host->cpu);
    printf("cores      %llu\n", (unsigned long long)host->cores);
    put_line("RAM", host->ram_bytes
                        ? zm_with_unit(ZM_BYTES, (double)host->ram_bytes, buf, sizeof buf)
                        : "");
    put_line("page size", zm_with_unit(ZM_BYTES, (double)host->page_bytes, buf, sizeof buf));
    put_line("THP", host->thp);
    return status == 0 ? ZM_EXIT_OK : ZM_EXIT_TOOL;
}

static json_t *known_text(const char *text)
{
    return *text ? json_string(text) : json_null();
}

static json_t *known_count(uint64_t value)
{
    return value ? json_integer((json_int_t)value) : json_null();
}

static json_t *words(uint32_t bits, const char *(*name)(uint32_t bit))
{
    json_t *array = json_array();
    for (uint32_t bit = 1; bit; bit <<= 1)
        if (bits & bit && name(bit))
            json_array_append_new(array, json_string(name(bit)));
    return array;
}

static json_t *backends_json(void)
{
    struct zmalloc_backend_info info;
    json_t *backends = json_array();
    for (size_t i = 0; describe(i, &info); i++) {
        json_array_append_new(backends,
                              json_pack("{s:s, s:s, s:b, s:o, s:o}", "name", info.name, "version",
                                        info.version, "default", info.is_default, "capabilities",
                                        words(info.caps, zmalloc_capability_name), "figures",
                                        words(info.figures, zmalloc_figure_name)));
    }
    return backends;
}

/* Takes the object over. */
static int print_json(json_t *object)
{
    /* In ASCII, for it may go to a terminal, and holds names that others have given. */
    size_t how = JSON_INDENT(2) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(9) | JSON_ENSURE_ASCII;
    if (!object || json_dumpf(object, stdout, how) != 0) {
        json_decref(object);
        zm_error(NAME, "can't write the JSON object");
        return ZM_EXIT_TOOL;
    }
    json_decref(object);
    putchar('\n');
    return ZM_EXIT_OK;
}

static json_t *all_json(const struct zm_host *host)
{
    return json_pack("{s:s, s:o, s:{s:o, s:o, s:o, s:o, s:o, s:o}}", "version", zmalloc_version(),
                     "backends", backends_json(), "host", "system", known_text(host->system), "cpu",
                     known_text(host->cpu), "cores", known_count(host->cores), "ram_bytes",
                     known_count(host->ram_bytes), "page_bytes", known_count(host->page_bytes),
                     "thp", known_text(host->thp));
}

static int show_memory(int64_t pid, bool walk, bool json)
{
    struct zm_memory memory;
    int status = zm_memory_read(NAME, pid, walk, &memory);
    if (!memory.figures.has)
        return status;
    int shown;
    if (json) {
        shown = print_json(zm_memory_json(&memory));
    } else {
        shown = zm_memory_print(&memory, stdout) == 0 ? ZM_EXIT_OK : ZM_EXIT_TOOL;
        if (shown != ZM_EXIT_OK)
            zm_error(NAME, "out of memory");
    }
    return status ? status : shown;
}

/* ---- what it takes ---- */

struct asked {
    bool json, memory, walk, capabilities;
    uint64_t pid; /* 0: not given */
};

#define ZM_INTO struct asked

static int set_memory(const char *subcommand, const struct zm_option *option, const char *text,
                      void *into)
{
    struct asked *asked = into;
    (void)option;
    if (text && strcmp(text, "all") != 0)
        return zm_usage_error(subcommand, "--memory takes 'all' or nothing, not '%s'", text);
    asked->memory = true;
    asked->walk = text != NULL;
    return 0;
}

static int set_pid(const char *subcommand, const struct zm_option *option, const char *text,
                   void *into)
{
    (void)option;
    return zm_parse_pid(subcommand, text, into);
}

static int info(int argc, char **argv)
{
    struct asked asked = {0};
    int status;
    if (!zm_options_parse(&zm_subcommand_info, argc, argv, &asked, &status))
        return status;
    if (asked.capabilities && (asked.json || asked.memory))
        return zm_usage_error(NAME, "--capabilities goes with no other option");
    if (asked.pid && !asked.memory)
        return zm_usage_error(NAME, "--pid goes with --memory");

    if (asked.capabilities) {
        zm_capabilities_print();
        status = ZM_EXIT_OK;
    } else if (asked.memory) {
        status = show_memory((int64_t)asked.pid, asked.walk, asked.json);
    } else {
        struct zm_host host;
        zm_host_describe(&host);
        status = asked.json ? print_json(all_json(&host)) : print_text(&host);
    }
    return zm_finish_stdout(NAME, status);
}

static const struct zm_option options[] = {
    {.name = "memory",
     .value = "all",
     .value_optional = true,
     .set = set_memory,
     .offer = zm_offer_words,
     .words = "all",
     .help = "Shows the memory of a process instead. That is what it uses and shares, what a fork "
             "would cost, its limits and who sets them, and memory pressure. 'all' adds figures "
             "for which the kernel walks the page tables, which stalls a large process.",
     .more = "It takes about 15 ms a gigabyte, during which the process can't map memory. See "
             "MEMORY."},
    {.name = "pid",
     .value = "PID",
     .set = set_pid,
     .offer = zm_offer_processes,
     .at = ZM_PLACE(pid, uint64_t),
     .help = "The process that --memory shows. Without it, zmalloc itself."},
    {.name = "capabilities",
     ZM_FLAG(capabilities),
     .help = "Shows what each backend can do and which figures it has, as tables in Markdown.",
     .more = "There is a column for each backend. The figures are those of "
             "zmalloc_allocator_info(); the words are those of the JSON object."},
    {.name = "json",
     ZM_FLAG(json),
     .help = "Prints one JSON object.",
     .more = "Amounts are in bytes; what is unknown is null, and a limit that limits nothing is "
             "\"unlimited\"."},
    {0},
};

static const char *const synopses[] = {
    "[--json]",
    "--capabilities",
    "--memory[=all] [--pid=PID] [--json]",
    NULL,
};

static const char *const paragraphs[] = {
    "Shows the backends that are built in, and this machine; or the memory of a process.",
    NULL,
};

static const struct zm_note exit_statuses[] = {
    {"0", "Success."},
    {"2", "Wrong usage."},
    {"125", "The process can't be looked at, or not as far as 'all' asks; what is known is shown."},
    {0},
};

static const struct zm_note examples[] = {
    {"zmalloc info", "Shows the allocators of this build, and what matters about this machine."},
    {"zmalloc info --memory --pid=1", "Shows what process 1 uses, and who limits it."},
    {"zmalloc info --memory=all --json",
     "Prints all figures of zmalloc itself, for a program to read."},
    {0},
};

const struct zm_subcommand zm_subcommand_info = {
    .name = NAME,
    .summary = "show the backends that are built in, and this machine",
    .synopses = synopses,
    .paragraphs = paragraphs,
    .options = options,
    .exit_statuses = exit_statuses,
    .examples = examples,
    .main = info,
};
