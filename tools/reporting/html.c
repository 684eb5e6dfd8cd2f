/* The style of the page, and its tables of the environment.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "html.h"

#include "tools/common/printable.h"
#include "tools/common/units.h"

#include <string.h>
#include <time.h>
#include <zmalloc/backend.h>

static const char style[] =
    ":root{--bg:#fff;--fg:#1b1f24;--dim:#5b6470;--line:#d5d9df;--less:#17733a;--more:#b3361c;"
    "--card:#f6f7f9}\n"
    "@media (prefers-color-scheme:dark){:root{--bg:#14171b;--fg:#e4e7eb;--dim:#9aa4b0;"
    "--line:#333a43;--less:#5fd08a;--more:#ff8f73;--card:#1c2026}}\n"
    "@media print{:root{--bg:#fff;--fg:#000;--dim:#444;--line:#bbb;--less:#17733a;--more:#b3361c;"
    "--card:#fff}section,figure,tr{break-inside:avoid}.scroll{overflow:visible!important}"
    "table{font-size:7.5pt}details>*{display:block}.overview{break-before:page}"
    ".overview svg{max-height:90vh!important}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0 auto;max-width:78rem;padding:1rem;background:var(--bg);color:var(--fg);"
    "font:16px/1.5 system-ui,sans-serif}\n"
    "h1{font-size:1.6rem}h2{font-size:1.3rem;margin-top:2.5rem}\n"
    "h3{font-size:1.1rem;margin:2rem 0 .3rem;overflow-wrap:anywhere}\n"
    ".verdict{max-width:48rem;margin:.3rem "
    "0}.note,figcaption,dt{color:var(--dim);font-size:.85rem}\n"
    ".note{margin:.2rem 0 .8rem}.missing{border-left:4px solid var(--more);padding-left:.8rem}\n"
    ".figures{display:grid;gap:1rem;grid-template-columns:repeat(auto-fit,minmax(min(26rem,100%),"
    "1fr))}\n"
    "figure{margin:0;padding:.6rem;background:var(--card);border:1px solid var(--line);"
    "border-radius:6px}\n"
    ".overview{max-width:40rem}svg{display:block;width:100%;height:auto;max-height:44rem;"
    "color:var(--fg)}.overview svg{max-height:none}\n"
    ".tables{display:flex;flex-wrap:wrap;column-gap:2rem}.scroll{overflow-x:auto;margin-top:1rem}\n"
    "table{border-collapse:collapse;font-size:.85rem;font-variant-numeric:tabular-nums}\n"
    "td,th{padding:.25rem .6rem;border-bottom:1px solid var(--line);text-align:right;"
    "white-space:nowrap}\n"
    "th:first-child{text-align:left;position:sticky;left:0;background:var(--bg)}\n"
    ".less{color:var(--less)}.more{color:var(--more)}.same{color:var(--dim)}\n"
    ".failed{text-align:left;color:var(--more)}\n"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem .8rem;margin:.5rem 0;"
    "font-size:.85rem}dd{margin:0;overflow-wrap:anywhere}\n";

void zm_html_text(FILE *out, const char *text)
{
    char next[ZM_PRINTABLE_MAX];
    while (zm_printable_next(&text, next)) { /* a page may go to a terminal, too */
        switch (*next) {
        case '&':
            fputs("&amp;", out);
            break;
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '"':
            fputs("&quot;", out);
            break;
        default:
            fputs(next, out);
        }
    }
}

void zm_html_begin(FILE *out, const char *title)
{
    fputs("<!DOCTYPE html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n"
          "<meta name=viewport content=\"width=device-width,initial-scale=1\">\n"
          "<meta name=color-scheme content=\"light dark\">\n"
          "<link rel=icon href=\"data:,\">\n<title>",
          out);
    zm_html_text(out, title);
    fprintf(out, "</title>\n<style>\n%s</style>\n</head>\n<body>\n<h1>", style);
    zm_html_text(out, title);
    fputs(
        "</h1>\n<p class=note>Changes are in percent of the baseline's run in the same block, with "
        "95 % bootstrap intervals; green is less and red more, of which less is better but for "
        "operations a second; = where no difference can be told from noise.</p>\n",
        out);
}

void zm_html_end(FILE *out)
{
    fprintf(out, "<p class=note>zmalloc %s</p>\n</body>\n</html>\n", zmalloc_version());
}

static void put_pair(FILE *out, const char *name, const char *value)
{
    fputs("<dt>", out);
    zm_html_text(out, name);
    fputs("</dt><dd>", out);
    zm_html_text(out, value);
    fputs("</dd>\n", out);
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

static void put_time(FILE *out, const json_t *value)
{
    time_t when = (time_t)json_integer_value(value);
    struct tm tm;
    char text[64];
    if (json_is_integer(value) && gmtime_r(&when, &tm) &&
        strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", &tm) > 0)
        put_pair(out, "measured", text);
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

void zm_html_machine(FILE *out, const struct zm_machine *machine)
{
    json_t *run = machine->run, *host = json_object_get(run, "host");
    fputs("<h2>", out);
    zm_html_text(out, machine->name);
    fputs("</h2>\n", out);
    if (!run)
        return;
    fputs("<details open><summary>Environment</summary><dl>\n", out);
    put_time(out, json_object_get(run, "time"));
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
