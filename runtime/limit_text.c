/* The text of ZMALLOC_LIMIT:
 *
 *     PART {"," PART}    PART = hard=AMOUNT | soft=AMOUNT | of=used | of=rss
 *     AMOUNT = BYTES[K|M|G|T] | "effective" | PERCENT"%"      percent: of the effective limit
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>
#include <zmalloc/sysinfo.h>

#include "base/output.h"
#include "limit.h"

static int effective(uint64_t *out)
{
    struct zmalloc_sysinfo_limit here = {.struct_size = sizeof here};
    int error = zmalloc_sysinfo_limit(0, &here);
    if (error)
        return error;
    if (!(here.has & ZMALLOC_SYSINFO_LIMIT_EFFECTIVE))
        return -ENOTSUP;
    *out = here.effective;
    return 0;
}

static const char *effective_or_why(uint64_t *out)
{
    return effective(out) == 0 ? NULL : "this system does not tell an effective limit";
}

static const char *bad_amount(const char *text, size_t length)
{
    char amount[64];
    length = length < sizeof amount - 1 ? length : sizeof amount - 1;
    memcpy(amount, text, length);
    amount[length] = '\0';
    return zm_problem("'", amount,
                      "' is no amount: bytes with K, M, G or T, 'effective', or 1% to 100%",
                      (char *)NULL);
}

static const char *percent(uint64_t number, const char *text, size_t length, uint64_t *out)
{
    if (number < 1 || number > 100)
        return bad_amount(text, length);
    const char *why = effective_or_why(out);
    *out = *out / 100 * number + *out % 100 * number / 100;
    return why;
}

static const char *amount(const char *text, size_t length, uint64_t *out)
{
    if (length == strlen("effective") && strncmp(text, "effective", length) == 0)
        return effective_or_why(out);
    uint64_t number = 0;
    size_t digits = 0;
    for (; digits < length && text[digits] >= '0' && text[digits] <= '9'; digits++)
        if (__builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, (uint64_t)(text[digits] - '0'), &number))
            return bad_amount(text, length);
    size_t rest = length - digits;
    if (digits == 0 || rest > 1)
        return bad_amount(text, length);
    if (rest == 1 && text[digits] == '%')
        return percent(number, text, length, out);
    static const char units[] = "KMGT";
    const char *unit = rest == 1 ? memchr(units, text[digits] & ~0x20, 4) : NULL;
    unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;
    if ((rest == 1 && !unit) || number == 0 || number > UINT64_MAX >> shift)
        return bad_amount(text, length);
    *out = number << shift;
    return NULL;
}

static bool is(const char *text, size_t length, const char *word)
{
    return length == strlen(word) && strncmp(text, word, length) == 0;
}

static const char *part(const char *text, size_t length, struct zmalloc_limit *out)
{
    const char *equals = memchr(text, '=', length);
    const char *value = equals ? equals + 1 : text + length;
    size_t name = equals ? (size_t)(equals - text) : 0, rest = (size_t)(text + length - value);
    if (is(text, name, "hard"))
        return amount(value, rest, &out->hard);
    if (is(text, name, "soft"))
        return amount(value, rest, &out->soft);
    if (is(text, name, "of") && is(value, rest, "used"))
        out->of = ZMALLOC_LIMIT_USED;
    else if (is(text, name, "of") && is(value, rest, "rss"))
        out->of = ZMALLOC_LIMIT_RSS;
    else
        return "it takes hard=AMOUNT, soft=AMOUNT, and of=used or of=rss, separated by commas";
    return NULL;
}

const char *zm_limit_parse(const char *text, struct zmalloc_limit *out)
{
    *out = (struct zmalloc_limit){.struct_size = sizeof *out};
    for (const char *at = text;; at++) {
        size_t length = strcspn(at, ",");
        const char *why = part(at, length, out);
        if (why)
            return why;
        at += length;
        if (!*at)
            break;
    }
    if (!out->hard && !out->soft)
        return "it sets neither hard= nor soft=";
    if (out->hard && out->soft > out->hard)
        return "the soft limit is above the hard one";
    return NULL;
}

int zm_limit_check(struct zmalloc_limit *wanted)
{
    if (wanted->struct_size != sizeof *wanted || wanted->of > ZMALLOC_LIMIT_RSS)
        return -EINVAL;
    struct zmalloc_sysinfo_memory memory = {.struct_size = sizeof memory};
    int error = wanted->hard == ZMALLOC_LIMIT_EFFECTIVE ? effective(&wanted->hard) : 0;
    if (error == 0 && wanted->of == ZMALLOC_LIMIT_RSS)
        error = zmalloc_sysinfo_memory(0, ZMALLOC_SYSINFO_RSS, &memory);
    if (error == 0 && wanted->hard && wanted->soft > wanted->hard)
        error = -EINVAL;
    return error;
}
