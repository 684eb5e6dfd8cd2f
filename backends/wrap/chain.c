/* The chain of wraps, made from the text of ZMALLOC_WRAP:
 *
 *     LIST = WRAP {"," WRAP}    WRAP = NAME {":" OPTION "=" VALUE}
 *
 * The first wrap is next to the program, the last one next to the backend. The whole chain is one
 * more backend, so the account over it is made like that of any backend.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/line.h"
#include "wrap.h"

#define POINT_TO(NAME) &zm_wrap_##NAME,
static const struct zm_wrap *const wraps[] = {ZM_WRAPS(POINT_TO)};
enum { WRAPS = sizeof wraps / sizeof *wraps };

static char text[4096];  /* the value, cut up */
static char whole[4096]; /* the value as it was */
static const struct zm_wrap *chain[WRAPS];
static size_t chain_length;
static bool started;
static pid_t process;

/* ---- reading ---- */

static const char *no_such_wrap(const char *name)
{
    char list[256];
    struct zm_line t = {list, sizeof list - 1, 0};
    for (size_t i = 0; i < WRAPS; i++) {
        zm_line_add(&t, i ? ", " : "");
        zm_line_add(&t, wraps[i]->name);
    }
    list[t.length] = '\0';
    return zm_problem("no wrap '", name, "'; there are: ", list, (char *)NULL);
}

static const char *no_such_option(const struct zm_wrap *wrap, const char *name)
{
    char list[256];
    struct zm_line t = {list, sizeof list - 1, 0};
    for (const struct zm_wrap_option *o = wrap->options; o->name; o++) {
        zm_line_add(&t, o == wrap->options ? "" : ", ");
        zm_line_add(&t, o->name);
    }
    list[t.length] = '\0';
    return zm_problem(wrap->name, " has no option '", name, "'; it has: ", list, (char *)NULL);
}

static bool parse_number(const char *s, bool units, uint64_t *out)
{
    char *end;
    if (*s < '0' || *s > '9')
        return false;
    errno = 0;
    unsigned long long value = strtoull(s, &end, 10);
    if (errno)
        return false;
    static const char letters[] = "KMG";
    const char *unit = units && *end ? strchr(letters, *end) : NULL;
    if (unit) {
        unsigned shift = 10 * (unsigned)(unit - letters + 1);
        if (value > UINT64_MAX >> shift)
            return false;
        value <<= shift;
        end++;
    }
    *out = value;
    return *end == '\0';
}

/* Read by hand, because strtod asks the locale, which may not be there yet. */
static bool parse_share(const char *s, uint64_t *out)
{
    double value = 0, place = 1;
    bool digits = false;
    for (; *s >= '0' && *s <= '9'; s++, digits = true)
        value = value * 10 + (*s - '0');
    if (*s == '.')
        for (s++; *s >= '0' && *s <= '9'; s++, digits = true)
            value += (*s - '0') * (place /= 10);
    if (!digits || *s || value > 1)
        return false;
    *out = value == 1 ? UINT64_MAX : (uint64_t)(value * 18446744073709551616.0);
    return true;
}

static const char *set_option(const struct zm_wrap *wrap, char *option)
{
    char *value = strchr(option, '=');
    if (value)
        *value++ = '\0';
    const struct zm_wrap_option *o = wrap->options;
    while (o->name && strcmp(o->name, option) != 0)
        o++;
    if (!o->name)
        return no_such_option(wrap, option);
    if (!value || !*value)
        return zm_problem(wrap->name, ": ", option, " needs a value", (char *)NULL);
    switch (o->kind) {
    case ZM_WRAP_NUMBER:
        if (parse_number(value, false, o->value))
            return NULL;
        return zm_problem(wrap->name, ": ", option, " is a whole number, not '", value, "'",
                          (char *)NULL);
    case ZM_WRAP_BYTES:
        if (parse_number(value, true, o->value))
            return NULL;
        return zm_problem(wrap->name, ": ", option, " is a number of bytes, with K, M or G, not '",
                          value, "'", (char *)NULL);
    case ZM_WRAP_SHARE:
        if (parse_share(value, o->value))
            return NULL;
        return zm_problem(wrap->name, ": ", option, " is a number from 0 to 1, not '", value, "'",
                          (char *)NULL);
    case ZM_WRAP_TEXT:
        *(const char **)o->value = value;
        return NULL;
    }
    return NULL;
}

/* Cuts at the first `separator`; the rest, or NULL. */
static char *cut(char *s, char separator)
{
    char *rest = strchr(s, separator);
    if (rest)
        *rest++ = '\0';
    return rest;
}

static const char *add_wrap(char *word)
{
    char *options = cut(word, ':');
    const struct zm_wrap *wrap = NULL;
    for (size_t i = 0; i < WRAPS; i++)
        if (strcmp(wraps[i]->name, word) == 0)
            wrap = wraps[i];
    if (!wrap)
        return no_such_wrap(word);
    for (size_t i = 0; i < chain_length; i++)
        if (chain[i] == wrap)
            return zm_problem(word, " is there twice", (char *)NULL);
    while (options) {
        char *option = options;
        options = cut(option, ':');
        const char *why = set_option(wrap, option);
        if (why)
            return why;
    }
    chain[chain_length++] = wrap;
    return wrap->check();
}

const char *zm_wrap_parse(const char *list)
{
    chain_length = 0;
    if (strlen(list) >= sizeof text)
        return "it is too long";
    strcpy(text, list);
    strcpy(whole, list);
    for (char *word = text; word;) {
        char *rest = cut(word, ',');
        const char *why = add_wrap(word);
        if (why)
            return why;
        word = rest;
    }
    return NULL;
}

/* ---- the chain as a backend ---- */

static const struct zm_ops *top;

static const char *version(void)
{
    return "";
}

static int init(void)
{
    return 0;
}

#define ZM_LAYER           chain
#define ZM_LAYER_FUNCTIONS ZM_OPS_FUNCTIONS
#define ZM_LAYER_BELOW     top
#include "backends/layer_tmpl.h"

static const struct zm_ops ops = {
    .name = "wrapped", .version = version, .init = init, ZM_LAYER_ENTRIES};

#define ZM_REPORTS_MISUSE
#define ZM_MODULE wrapped
#define ZM_OPS    ops
#include "backends/front_tmpl.h"

/* ---- below the chain: sizes reach the wraps as they were asked for, and are raised here ---- */

static const struct zm_ops *bottom;

static struct zm_block raised_alloc(size_t size)
{
    return bottom->alloc(zm_raise(bottom, size));
}

static struct zm_block raised_alloc_zeroed(size_t size)
{
    return bottom->alloc_zeroed(zm_raise(bottom, size));
}

static struct zm_block raised_alloc_aligned(size_t align, size_t size)
{
    return bottom->alloc_aligned(align, zm_raise(bottom, size));
}

static struct zm_block raised_resize(void *ptr, size_t size, size_t *old)
{
    return bottom->resize(ptr, zm_raise(bottom, size), old);
}

static size_t raised_release_sized(void *ptr, size_t size)
{
    return bottom->release_sized(ptr, zm_raise(bottom, size));
}

/* ---- start and end ---- */

static void after_fork_in_child(void);

const struct zm_backend *zm_wrap_start(const struct zm_backend *backend, const char **why)
{
    static struct zm_ops raised;
    bottom = backend->ops;
    raised = *bottom;
    raised.alloc = raised_alloc;
    raised.alloc_zeroed = raised_alloc_zeroed;
    raised.alloc_aligned = raised_alloc_aligned;
    raised.resize = raised_resize;
    raised.release_sized = raised_release_sized;
    top = &raised;
    for (size_t i = chain_length; i-- > 0;) {
        *why = chain[i]->start(top);
        if (*why)
            return NULL;
        top = chain[i]->ops;
    }
    started = true;
    process = getpid();
    pthread_atfork(NULL, NULL, after_fork_in_child);
    return &zm_backend_wrapped;
}

const char *zm_wrap_running(void)
{
    return started ? whole : "";
}

static atomic_flag finished = ATOMIC_FLAG_INIT;

static void after_fork_in_child(void)
{
    process = getpid();
    atomic_flag_clear(&finished);
}

void zm_wrap_finish(void)
{
    /* A child of vfork that calls _exit is still in its parent's memory: the reports are the
     * parent's. */
    if (!started || getpid() != process || atomic_flag_test_and_set(&finished))
        return;
    /* This thread may have been cancelled. That must not keep it from ending the process. */
    int before;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
    for (size_t i = 0; i < chain_length; i++)
        if (chain[i]->finish)
            chain[i]->finish();
    pthread_setcancelstate(before, NULL);
}

__attribute__((destructor)) static void finish_at_exit(void)
{
    zm_wrap_finish();
}
