/* The first record of a run.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "run_header.h"

#include "jsonlines.h"
#include "tools/common/cli.h"
#include "tools/common/host.h"
#include "tools/process/hardware.h"
#include "tools/statistics/statistics.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>
#include <zmalloc/backend.h>

extern char **environ;

void zm_run_id(char out[ZM_RUN_ID + 1])
{
    uint64_t bits;
    if (getrandom(&bits, sizeof bits, GRND_NONBLOCK) != sizeof bits) {
        struct zm_random random = {(uint64_t)time(NULL) * 65537 + (uint64_t)getpid()};
        bits = zm_random_next(&random);
    }
    snprintf(out, ZM_RUN_ID + 1, "%016llx", (unsigned long long)bits);
}

/* FNV-1a of the file's contents, which is good enough to tell two builds apart. */
static json_t *hash_of(const char *path)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return json_null();
    unsigned char block[16384];
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t n; (n = fread(block, 1, sizeof block, file)) > 0;) {
        for (size_t i = 0; i < n; i++)
            hash = (hash ^ block[i]) * UINT64_C(0x100000001b3);
    }
    fclose(file);
    char text[17];
    snprintf(text, sizeof text, "%016llx", (unsigned long long)hash);
    return json_string(text);
}

static json_t *versions(const struct zm_rows *rows)
{
    json_t *object = json_object();
    struct zmalloc_backend_info info = {.struct_size = sizeof info};
    for (size_t i = 0; zmalloc_backend_describe(i, &info) == 0; i++) {
        for (size_t r = 0; r < rows->count; r++) {
            if (strcmp(rows->all[r].backend, info.name) == 0)
                json_object_set_new(object, info.name, json_string(info.version));
        }
        info = (struct zmalloc_backend_info){.struct_size = sizeof info};
    }
    return object;
}

/* The variables that the user has set for allocators. */
static json_t *tunables(void)
{
    static const char *const prefixes[] = {"MALLOC_",    "MIMALLOC_",      "TCMALLOC_",
                                           "_RJEM_",     "GLIBC_TUNABLES", "ZMALLOC_",
                                           "LD_PRELOAD", "PYTHONMALLOC",   "USE_ZEND_ALLOC"};
    json_t *object = json_object();
    for (char **entry = environ; *entry; entry++) {
        for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
            if (strncmp(*entry, prefixes[i], strlen(prefixes[i])) != 0)
                continue;
            json_t *name = json_stringn(*entry, strcspn(*entry, "="));
            if (name)
                json_object_set_new(object, json_string_value(name),
                                    zm_json_text(*entry + strcspn(*entry, "=") + 1));
            json_decref(name);
        }
    }
    return object;
}

static json_t *known(const char *text)
{
    return *text ? zm_json_text(text) : json_null();
}

static json_t *machine(void)
{
    struct zm_host host;
    zm_host_describe(&host);
    return json_pack("{s:o, s:o, s:o, s:I, s:I, s:I, s:o, s:o, s:o}", "name", known(host.name),
                     "system", known(host.system), "cpu", known(host.cpu), "cores",
                     (json_int_t)host.cores, "ram_bytes", (json_int_t)host.ram_bytes, "page_bytes",
                     (json_int_t)host.page_bytes, "thp", known(host.thp), "governor",
                     known(host.governor), "load",
                     host.load < 0 ? json_null() : json_real(host.load));
}

json_t *zm_run_record(const char *id, const char *tool, uint64_t seed, const struct zm_rows *rows,
                      const char *library)
{
    const char *absent = zm_counters_absent();
    return json_pack("{s:i, s:s, s:s, s:s, s:I, s:I, s:o, s:s, s:o, s:o, s:o, s:o, s:s}", "format",
                     ZM_JSONLINES_FORMAT, "record", "run", "run", id, "tool", tool, "time",
                     (json_int_t)time(NULL), "seed", (json_int_t)seed, "host", machine(), "library",
                     zmalloc_version(), "library_fnv1a", hash_of(library), "backends",
                     versions(rows), "baseline", zm_json_text(rows->all[rows->baseline].label),
                     "tunables", tunables(), "counters", absent ? absent : "yes");
}

int zm_run_open(const char *subcommand, const char *path, const char *id, uint64_t seed,
                const struct zm_rows *rows, const char *library, FILE **out)
{
    *out = strcmp(path, "-") == 0 ? stdout : zm_jsonlines_open(path);
    int error = *out ? zm_jsonlines_write(*out, zm_run_record(id, subcommand, seed, rows, library))
                     : -errno;
    if (!error)
        return 0;
    zm_error(subcommand, "can't write '%s': %s", path, strerror(-error));
    return ZM_EXIT_TOOL;
}
