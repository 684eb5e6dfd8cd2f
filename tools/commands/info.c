/* zmalloc info: what is built in, and where it runs.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "info_capabilities.h"
#include "info_memory.h"
#include "tools/common/cli.h"
#include "tools/common/host.h"
#include "tools/common/table.h"
#include "tools/common/units.h"

#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <zmalloc/backend.h>

#define NAME "info"

static void print_help(void)
{
    puts(
        "Usage: zmalloc info [--json | --capabilities] [--memory[=all] [--pid=PID]]\n"
        "Shows the backends that are built in, and this machine; or a process's memory.\n"
        "\n"
        "      --memory[=all]  show the memory of a process instead: what it uses and shares, what "
        "a\n"
        "                      fork would cost, its limits and who sets them, memory pressure; "
        "'all'\n"
        "                      adds the figures that make the kernel walk the page tables, which\n"
        "                      stalls a large process\n"
        "      --pid=PID       the process; without it, this one\n"
        "      --capabilities  show what each backend can do and which figures it tells, in "
        "Markdown\n"
        "      --json          as one JSON object\n"
        "  -h, --help          show this help\n"
        "\n"
        "Exit status: 0; 125 the process can't be looked at, or not as far as 'all' asks,\n"
        "2 wrong usage.");
}

static bool describe(size_t index, struct zmalloc_backend_info *out)
{
    *out = (struct zmalloc_backend_info){.struct_size = sizeof *out};
    return zmalloc_backend_describe(index, out) == 0;
}

static const char *or_unknown(const char *text)
{
    return *text ? text : "unknown";
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
    printf("system     %s\n", or_unknown(host->system));
    printf("CPU        %s\n", or_unknown(host->cpu));
    printf("cores      %llu\n", (unsigned long long)host->cores);
    printf("RAM        %s\n", host->ram_bytes
                                  ? zm_with_unit(ZM_BYTES, (double)host->ram_bytes, buf, sizeof buf)
                                  : "unknown");
    printf("page size  %s\n", zm_with_unit(ZM_BYTES, (double)host->page_bytes, buf, sizeof buf));
    printf("THP        %s\n", or_unknown(host->thp));
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
    if (!object || json_dumpf(object, stdout,
                              JSON_INDENT(2) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(9)) != 0) {
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

int zm_cmd_info(int argc, char **argv)
{
    enum { JSON = 256, MEMORY, PID, CAPABILITIES };
    static const struct option options[] = {{"json", no_argument, NULL, JSON},
                                            {"capabilities", no_argument, NULL, CAPABILITIES},
                                            {"memory", optional_argument, NULL, MEMORY},
                                            {"pid", required_argument, NULL, PID},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    bool json = false, memory = false, walk = false, capabilities = false;
    uint64_t pid = 0;
    opterr = 0;
    for (int c; (c = getopt_long(argc, argv, ":h", options, NULL)) != -1;) {
        switch (c) {
        case JSON:
            json = true;
            break;
        case CAPABILITIES:
            capabilities = true;
            break;
        case MEMORY:
            if (optarg && strcmp(optarg, "all") != 0)
                return zm_usage_error(NAME, "--memory takes 'all' or nothing, not '%s'", optarg);
            memory = true;
            walk = optarg != NULL;
            break;
        case PID:
            if (!zm_parse_number(optarg, 1, INT32_MAX, &pid))
                return zm_usage_error(NAME, "no process ID: '%s'", optarg);
            break;
        case 'h':
            print_help();
            return zm_finish_stdout(NAME, ZM_EXIT_OK);
        default:
            return zm_refuse_option(NAME, c, argv);
        }
    }
    if (optind < argc)
        return zm_usage_error(NAME, "unexpected argument '%s'", argv[optind]);
    if (capabilities && (json || memory))
        return zm_usage_error(NAME, "--capabilities goes with no other option");
    if (pid && !memory)
        return zm_usage_error(NAME, "--pid goes with --memory");

    int status;
    if (capabilities) {
        zm_capabilities_print();
        status = ZM_EXIT_OK;
    } else if (memory) {
        status = show_memory((int64_t)pid, walk, json);
    } else {
        struct zm_host host;
        zm_host_describe(&host);
        status = json ? print_json(all_json(&host)) : print_text(&host);
    }
    return zm_finish_stdout(NAME, status);
}
