/* SPDX-License-Identifier: BSD-3-Clause */
#include "sysinfo/linux/parse.h"
#include <assert.h>
#include <errno.h>

int zm_statm_parse(const char *buffer, size_t length, struct zm_statm *out)
{
    struct zm_text whole = {buffer, length}, line;
    if (!zm_text_until(&whole, '\n', &line) || !zm_text_number(&line, &out->size) ||
        !zm_text_blanks(&line) || !zm_text_number(&line, &out->resident) ||
        !zm_text_blanks(&line) || !zm_text_number(&line, &out->shared) || !zm_text_blanks(&line))
        return -EPROTO;
    return 0;
}

static int kb_value(struct zm_text value, uint64_t *bytes)
{
    static const char unit[] = " kB";
    size_t unit_length = sizeof unit - 1;
    struct zm_text tail = value;
    uint64_t kb;
    if (value.length < unit_length)
        return -EINVAL;
    tail.at += value.length - unit_length;
    tail.length = unit_length;
    if (!zm_text_equal(tail, unit))
        return -EINVAL;
    value.length -= unit_length;
    zm_text_blanks(&value);
    if (!zm_text_number(&value, &kb) || value.length || !zm_multiply(kb, 1024, bytes))
        return -EPROTO;
    return 0;
}

/* Takes "Name:" off the front and says which of the names it is; sums->count if it is none. */
static unsigned kb_name(const struct zm_kb_sums *sums, struct zm_text *line)
{
    unsigned i = 0;
    assert(sums->count <= ZM_KB_NAMES);
    for (; i < sums->count; i++) {
        struct zm_text rest = *line;
        if (zm_text_prefix(&rest, sums->names[i].at, sums->names[i].length) &&
            zm_text_prefix(&rest, ":", 1)) {
            *line = rest;
            break;
        }
    }
    return i;
}

int zm_kb_line(void *context, struct zm_text line, bool cut)
{
    struct zm_kb_sums *sums = context;
    unsigned i = kb_name(sums, &line);
    uint64_t bytes;
    int result;
    if (i == sums->count)
        return 0;
    result = cut ? -EINVAL : kb_value(line, &bytes);
    if (result)
        return result;
    if (!zm_add(&sums->bytes[i], bytes))
        return -EPROTO;
    sums->seen |= UINT32_C(1) << i;
    return 0;
}

int zm_kb_first_line(void *context, struct zm_text line, bool cut)
{
    struct zm_kb_sums *sums = context;
    unsigned i = kb_name(sums, &line);
    uint32_t all = (UINT32_C(1) << sums->count) - 1, bit = UINT32_C(1) << i;
    if (i == sums->count || (sums->seen | sums->bad) & bit)
        return 0;
    if (cut || kb_value(line, &sums->bytes[i]))
        sums->bad |= bit;
    else
        sums->seen |= bit;
    return (sums->seen | sums->bad) == all ? ZM_LINES_ENOUGH : 0;
}
