/* SPDX-License-Identifier: BSD-3-Clause */
#include "sysinfo/linux_parse.h"
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

int zm_kb_line(void *context, struct zm_text line, bool cut)
{
    struct zm_kb_sums *sums = context;
    for (unsigned i = 0; i < sums->count; i++) {
        struct zm_text value = line;
        uint64_t bytes;
        int result;
        if (!zm_text_prefix(&value, sums->names[i].at, sums->names[i].length) ||
            !zm_text_prefix(&value, ":", 1))
            continue;
        result = cut ? -EINVAL : kb_value(value, &bytes);
        if (result)
            return result;
        if (!zm_add(&sums->bytes[i], bytes))
            return -EPROTO;
        sums->seen |= UINT32_C(1) << i;
        return 0;
    }
    return 0;
}
