/* The table of the environment.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "machine.h"

#include "markup.h"
#include "tools/common/units.h"

#include <time.h>

static void put_pair(FILE *out, const char *name, const char *value)
{
    zm_markup_between(out, "<dt>", name, "</dt>");
    zm_markup_between(out, "<dd>", value, "</dd>\n");
}

static void put_known(FILE *out, const char *name, const json_t *value)
{
    char text[64];
    if (json_is_integer(value))
        snprintf(text, sizeof text, "%lld", (long long)json_integer_value(value));
    else if (json_is_real(value))
        snprintf(text, sizeof text, "%.2f", json_real_value(value));
    if (json_is_string(value))
        put_pair(out, name, json_string_value(value));
    else if (json_is_number(value))
        put_pair(out, name, text);
}

static void put_bytes(FILE *out, const char *name, const json_t *value)
{
    char text[32];
    if (json_is_number(value))
        put_pair(out, name, zm_with_unit(ZM_BYTES, json_number_value(value), text, sizeof text));
}

static const char *time_text(const struct zm_machine *machine, const char *format, char *buf,
                             size_t size)
{
    const json_t *value = json_object_get(machine->run, "time");
    time_t when = (time_t)json_integer_value(value);
    struct tm tm;
    if (!json_is_integer(value) || !gmtime_r(&when, &tm) || strftime(buf, size, format, &tm) == 0)
        buf[0] = '\0';
    return buf;
}

const char *zm_machine_day(const struct zm_machine *machine, char *buf, size_t size)
{
    return time_text(machine, "%d %b %Y", buf, size);
}

static void put_members(FILE *out, json_t *object, const char *suffix)
{
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        char name[128];
        snprintf(name, sizeof name, "%s%s", key, suffix);
        put_known(out, name, value);
    }
}

void zm_machine_details(FILE *out, const struct zm_machine *machine)
{
    json_t *run = machine->run, *host = json_object_get(run, "host");
    char measured[64];
    zm_markup_between(out, "<details><summary>", machine->name, "</summary><dl>\n");
    if (!run)
        put_pair(out, "recorded", "nothing");
    if (*time_text(machine, "%Y-%m-%d %H:%M UTC", measured, sizeof measured))
        put_pair(out, "measured", measured);
    put_known(out, "system", json_object_get(host, "system"));
    put_known(out, "CPU", json_object_get(host, "cpu"));
    put_known(out, "cores", json_object_get(host, "cores"));
    put_bytes(out, "memory", json_object_get(host, "ram_bytes"));
    put_bytes(out, "page", json_object_get(host, "page_bytes"));
    put_known(out, "huge pages", json_object_get(host, "thp"));
    put_known(out, "CPU governor", json_object_get(host, "governor"));
    put_known(out, "load before", json_object_get(host, "load"));
    put_known(out, "hardware counters", json_object_get(run, "counters"));
    put_known(out, "zmalloc", json_object_get(run, "library"));
    put_known(out, "library's hash", json_object_get(run, "library_fnv1a"));
    put_members(out, json_object_get(run, "backends"), "");
    put_members(out, json_object_get(run, "tunables"), " (set)");
    fputs("</dl></details>\n", out);
}
