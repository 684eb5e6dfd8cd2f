/* count: how many blocks of which size, as one line of JSON when the process exits.
 *
 * Sizes are those asked for, in classes of four steps to the power of two. What a forked process
 * has from its parent is left out: it counts its own calls.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/output.h"
#include "wrap.h"

#define VARIABLE "ZMALLOC_WRAP=count:to="

static const char *to = "stderr";

static const struct zm_wrap_option options[] = {
    {"to", ZM_WRAP_TEXT, &to},
    {NULL, ZM_WRAP_NUMBER, NULL},
};

static const struct zm_ops *below;
static struct zm_output output;

/* Class 0 is size 0; then up to 16 in one, then four to the power of two. */
enum { SMALLEST = 16, STEPS = 4, CLASSES = 2 + (64 - 4) * STEPS };

/* All threads write these. Each class has a cache line of its own, so that only threads that ask
 * for like sizes get in one another's way. */
static struct class
{
    _Alignas(64) _Atomic uint64_t blocks;
    _Atomic uint64_t asked, usable; /* bytes */
} classes[CLASSES];

/* Named after the ops, whose names the hooks below paste together; the last one is for failures. */
enum call {
    call_alloc,
    call_alloc_zeroed,
    call_alloc_aligned,
    call_resize,
    call_release,
    call_release_sized,
    call_failed,
    CALLS
};
static const char *const call_names[CALLS] = {"alloc", "zeroed",     "aligned", "resize",
                                              "free",  "sized_free", "failed"};
static struct {
    _Alignas(64) _Atomic uint64_t count;
} calls[CALLS];

static void add(_Atomic uint64_t *to_what, uint64_t n)
{
    atomic_fetch_add_explicit(to_what, n, memory_order_relaxed);
}

static unsigned class_of(size_t size)
{
    if (size <= SMALLEST)
        return size > 0;
    unsigned power = 63 - (unsigned)__builtin_clzll((unsigned long long)size - 1);
    return 2 + (power - 4) * STEPS + (unsigned)((size - 1) >> (power - 2) & (STEPS - 1));
}

/* The largest size of a class. */
static uint64_t upper(unsigned class)
{
    if (class < 2)
        return class ? SMALLEST : 0;
    unsigned power = 4 + (class - 2) / STEPS, step = (class - 2) % STEPS;
    return (UINT64_C(1) << power) + (UINT64_C(1) << (power - 2)) * (step + 1);
}

static struct zm_block counted(enum call call, size_t size, struct zm_block b)
{
    add(&calls[call].count, 1);
    if (!b.ptr) {
        add(&calls[call_failed].count, 1);
        return b;
    }
    struct class *class = &classes[class_of(size)];
    add(&class->blocks, 1);
    add(&class->asked, size);
    add(&class->usable, b.usable);
    return b;
}

static size_t released(enum call call, size_t bytes)
{
    add(&calls[call].count, 1);
    return bytes;
}

#define ZM_LAYER                           count
#define ZM_LAYER_FUNCTIONS                 ZM_OPS_FUNCTIONS
#define ZM_LAYER_BELOW                     below
#define ZM_LAYER_GAVE(name, bytes, result) counted(call_##name, bytes, result)
#define ZM_LAYER_RESIZED(name, result)     counted(call_##name, size, result)
#define ZM_LAYER_RELEASED(name, bytes)     released(call_##name, bytes)
#include "backends/layer_tmpl.h"

static const struct zm_ops ops = {ZM_LAYER_ENTRIES};

/* ---- the report ---- */

static void finish(void)
{
    static char bytes[49152]; /* more than the longest there can be */
    struct zm_line t = ZM_LINE(bytes);
    zm_line_add(&t, "{\"pid\":");
    zm_line_decimal(&t, (uint64_t)getpid());
    for (int i = 0; i < CALLS; i++)
        zm_line_number(&t, call_names[i], atomic_load(&calls[i].count));
    zm_line_add(&t, ",\"sizes\":[");
    const char *comma = "";
    for (unsigned i = 0; i < CLASSES; i++) {
        uint64_t blocks = atomic_load(&classes[i].blocks);
        if (!blocks)
            continue;
        zm_line_add(&t, comma);
        zm_line_add(&t, "{\"up_to\":");
        zm_line_decimal(&t, upper(i));
        zm_line_number(&t, "blocks", blocks);
        zm_line_number(&t, "asked_bytes", atomic_load(&classes[i].asked));
        zm_line_number(&t, "usable_bytes", atomic_load(&classes[i].usable));
        zm_line_add(&t, "}");
        comma = ",";
    }
    zm_line_add(&t, "]}\n");
    zm_output_write(&output, VARIABLE, &t);
}

static void after_fork_in_child(void)
{
    for (int i = 0; i < CALLS; i++)
        atomic_store(&calls[i].count, 0);
    for (unsigned i = 0; i < CLASSES; i++) {
        atomic_store(&classes[i].blocks, 0);
        atomic_store(&classes[i].asked, 0);
        atomic_store(&classes[i].usable, 0);
    }
    zm_output_after_fork(&output);
}

static const char *check(void)
{
    return NULL;
}

static const char *start(const struct zm_ops *ops)
{
    below = ops;
    if (!zm_output_open(&output, to))
        return "count: the file name is too long";
    pthread_atfork(NULL, NULL, after_fork_in_child);
    return NULL;
}

const struct zm_wrap zm_wrap_count = {"count", options, &ops, check, start, finish};
