/* The public questions. Here the arguments are judged, errno is kept, and structs of older versions
 * are served; the rest is for the file of the operating system.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "sysinfo/os.h"
#include <assert.h>
#include <errno.h>
#include <string.h>

/* A field's place follows from its bit, so a caller's older struct tells which bits it has room
 * for. */
#define FIELD_OFFSET(bit_index) \
    (offsetof(struct zmalloc_sysinfo_memory, rss) + (bit_index) * sizeof(uint64_t))
#define FIELDS ((sizeof(struct zmalloc_sysinfo_memory) - FIELD_OFFSET(0)) / sizeof(uint64_t))
_Static_assert(sizeof(struct zmalloc_sysinfo_memory) == FIELD_OFFSET(FIELDS) &&
                   ZMALLOC_SYSINFO_ALL == (UINT32_C(1) << FIELDS) - 1,
               "every field has its bit, and every bit its field");

static uint32_t bits_within(uint32_t struct_size)
{
    uint32_t fields = (struct_size - (uint32_t)FIELD_OFFSET(0)) / (uint32_t)sizeof(uint64_t);
    return fields >= FIELDS ? ZMALLOC_SYSINFO_ALL : (UINT32_C(1) << fields) - 1;
}

int zmalloc_sysinfo_memory(int64_t pid, uint32_t wanted, struct zmalloc_sysinfo_memory *out)
{
    struct zmalloc_sysinfo_memory full;
    int saved = errno;
    int result;
    if (!out || out->struct_size < FIELD_OFFSET(1))
        return -EINVAL;
    out->has = 0;
    if (pid < 0 || !wanted)
        return -EINVAL;
    wanted &= bits_within(out->struct_size);
    if (!wanted)
        return -ENOTSUP;
    memset(&full, 0, sizeof full);
    full.struct_size = out->struct_size;
    result = zm_os_memory(pid, wanted, &full);
    assert(!result == !!(full.has & wanted));
    full.has &= wanted;
    memcpy(out, &full, full.struct_size < sizeof full ? full.struct_size : sizeof full);
    errno = saved;
    return result;
}

static size_t field_length(const char *field)
{
    size_t length = 0;
    while (length <= ZM_FIELD_MAX && field[length] && field[length] != ':') {
        char c = field[length];
        if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
              c == '_'))
            return 0;
        length++;
    }
    if (length > ZM_FIELD_MAX || (field[length] == ':' && field[length + 1]))
        return 0;
    return length;
}

int zmalloc_sysinfo_smaps(int64_t pid, const char *field, uint64_t *bytes)
{
    int saved = errno;
    size_t length;
    int result;
    if (pid < 0 || !field || !bytes)
        return -EINVAL;
    length = field_length(field);
    if (!length)
        return -EINVAL;
    result = zm_os_smaps(pid, field, length, bytes);
    errno = saved;
    return result;
}

int zmalloc_sysinfo_ram(uint64_t *bytes)
{
    int saved = errno;
    int result;
    if (!bytes)
        return -EINVAL;
    result = zm_os_ram(bytes);
    errno = saved;
    return result;
}

int zmalloc_sysinfo_limit(int64_t pid, struct zmalloc_sysinfo_limit *out)
{
    int saved = errno;
    uint32_t size;
    int result;
    if (!out || out->struct_size < sizeof *out || pid < 0)
        return -EINVAL;
    size = out->struct_size;
    memset(out, 0, sizeof *out);
    result = zm_os_limit(pid, out);
    assert(!(out->has & ZMALLOC_SYSINFO_LIMIT_AVAILABLE) || out->available <= out->ram ||
           !(out->has & ZMALLOC_SYSINFO_LIMIT_RAM));
    assert(!(out->has & ZMALLOC_SYSINFO_LIMIT_HEADROOM) || out->headroom <= out->effective ||
           !(out->has & ZMALLOC_SYSINFO_LIMIT_EFFECTIVE));
    out->struct_size = size;
    errno = saved;
    return result;
}

int zmalloc_sysinfo_level(int64_t pid, uint32_t level, struct zmalloc_sysinfo_level *out)
{
    int saved = errno;
    uint32_t size;
    int result;
    if (!out || out->struct_size < sizeof *out || pid < 0)
        return -EINVAL;
    size = out->struct_size;
    memset(out, 0, sizeof *out);
    result = zm_os_level(pid, level, out);
    assert(!(out->has & ZMALLOC_SYSINFO_LEVEL_USAGE) || out->cache <= out->usage);
    out->struct_size = size;
    errno = saved;
    return result;
}

int zmalloc_sysinfo_pressure(uint32_t scope, struct zmalloc_sysinfo_pressure *out)
{
    int saved = errno;
    uint32_t size;
    int result;
    if (!out || out->struct_size < sizeof *out || scope > ZMALLOC_SYSINFO_PRESSURE_CGROUP)
        return -EINVAL;
    size = out->struct_size;
    memset(out, 0, sizeof *out);
    result = zm_os_pressure(scope, out);
    assert(!result == !!out->has);
    out->struct_size = size;
    errno = saved;
    return result;
}
