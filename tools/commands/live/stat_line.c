/* A line of `zmalloc stat`.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "stat_line.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <time.h>
#include <zmalloc/sysinfo.h>

#include "tools/common/clock.h"
#include "tools/common/units.h"

int zm_reading_take(pid_t pid, struct zm_reading *out)
{
    struct zmalloc_sysinfo_memory memory = {.struct_size = sizeof memory};
    *out = (struct zm_reading){.at = zm_now(), .time = (int64_t)time(NULL)};
    out->error = zm_live_open(pid, &out->source);
    if (out->error == 0)
        out->error = zm_live_take(&out->source, &out->account);
    if (zmalloc_sysinfo_memory(pid, ZMALLOC_SYSINFO_RSS | ZMALLOC_SYSINFO_PEAK_RSS, &memory) != 0)
        return -ESRCH;
    if (memory.has & ZMALLOC_SYSINFO_RSS)
        out->rss = memory.rss;
    if (memory.has & ZMALLOC_SYSINFO_PEAK_RSS)
        out->peak_rss = memory.peak_rss;
    return 0;
}

/* What is counted between two readings, by the second. */
struct rates {
    double seconds;
    double allocs, frees, bytes;
};

static double rate(uint64_t now, uint64_t before, double seconds)
{
    return seconds > 0 && now > before ? (double)(now - before) / seconds : 0;
}

static struct rates rates_of(const struct zm_reading *now, const struct zm_reading *before)
{
    static const struct zm_live_account none;
    const struct zm_live_account *from = before ? &before->account : &none;
    double seconds = before ? now->at - before->at : (double)(now->time - now->account.started);
    if (seconds < 1e-3)
        seconds = 1; /* it has just started, and its clock counts whole seconds */
    return (struct rates){
        .seconds = seconds,
        .allocs = rate(now->account.allocs, from->allocs, seconds),
        .frees = rate(now->account.frees, from->frees, seconds),
        .bytes = rate(now->account.allocated, from->allocated, seconds),
    };
}

void zm_stat_heading(void)
{
    puts("    time      used      peak       RSS  RSS/used  allocs/s   frees/s   bytes/s threads");
}

static void put_bytes(bool known, double value)
{
    char buf[32];
    printf("%10s", known ? zm_with_unit(ZM_BYTES, value, buf, sizeof buf) : "-");
}

static void put_count(double value)
{
    char buf[32];
    printf("%10s", zm_with_unit(ZM_COUNT, value, buf, sizeof buf));
}

void zm_stat_line(const struct zm_reading *now, const struct zm_reading *before)
{
    const struct zm_live_account *a = &now->account;
    uint64_t used = a->allocated - a->freed;
    bool known = now->error == 0;
    time_t at = (time_t)now->time;
    struct tm local;
    char clock[16] = "-", share[16] = "-";
    if (localtime_r(&at, &local))
        strftime(clock, sizeof clock, "%H:%M:%S", &local);
    if (known && used && now->rss)
        snprintf(share, sizeof share, "%.2f", (double)now->rss / (double)used);
    printf("%8s", clock);
    put_bytes(known, (double)used);
    put_bytes(known, (double)a->peak);
    put_bytes(now->rss, (double)now->rss);
    printf("%10s", share);
    if (known) {
        struct rates r = rates_of(now, before);
        put_count(r.allocs);
        put_count(r.frees);
        put_bytes(true, r.bytes);
        printf("%8u\n", a->threads);
    } else {
        printf("%10s%10s%10s%8s\n", "-", "-", "-", "-");
    }
    fflush(stdout);
}

static json_t *known(uint64_t value)
{
    return value ? json_integer((json_int_t)value) : json_null();
}

static int add_account(json_t *object, const struct zm_reading *now,
                       const struct zm_reading *before)
{
    const struct zm_live_account *a = &now->account;
    struct rates r = rates_of(now, before);
    json_t *more = json_pack(
        "{s:s, s:s, s:I, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:f, s:f, s:f, s:f}",
        "backend", a->backend, "version", a->version, "started", (json_int_t)a->started,
        "inherited", a->copied, "used_bytes", (json_int_t)(a->allocated - a->freed), "peak_bytes",
        (json_int_t)a->peak, "peak_time", (json_int_t)a->peak_time, "allocated_bytes",
        (json_int_t)a->allocated, "freed_bytes", (json_int_t)a->freed, "allocs",
        (json_int_t)a->allocs, "frees", (json_int_t)a->frees, "threads", (json_int_t)a->threads,
        "seconds", r.seconds, "allocs_per_s", r.allocs, "frees_per_s", r.frees,
        "allocated_bytes_per_s", r.bytes);
    int status = more ? json_object_update(object, more) : -1;
    json_decref(more);
    return status;
}

int zm_stat_json(pid_t pid, const struct zm_reading *now, const struct zm_reading *before,
                 const struct zm_details *details)
{
    json_t *object = json_pack("{s:s, s:I, s:I, s:o, s:o}", "record", "stat", "pid",
                               (json_int_t)pid, "time", (json_int_t)now->time, "rss_bytes",
                               known(now->rss), "peak_rss_bytes", known(now->peak_rss));
    int status = 0;
    if (object && now->error == 0)
        status = add_account(object, now, before);
    else if (object)
        status =
            json_object_set_new(object, "no_account", json_string(zm_live_problem(now->error)));
    if (object && details)
        status |= json_object_update_new(object, zm_details_json(details));
    if (!object || status != 0 ||
        json_dumpf(object, stdout,
                   JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(9) | JSON_ENSURE_ASCII) != 0)
        status = -ENOMEM;
    json_decref(object);
    putchar('\n');
    fflush(stdout);
    return status;
}
