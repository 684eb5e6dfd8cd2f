/* Names for the figures of sysinfo.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "memory.h"

#include "cli.h"
#include "units.h"

#include <string.h>
#include <unistd.h>

static const struct field {
    uint32_t bit;
    size_t offset;
    const char *key; /* without "_bytes" */
    const char *title;
} fields[] = {
#define FIELD(bit, member, title)                                            \
    {                                                                        \
        bit, offsetof(struct zmalloc_sysinfo_memory, member), #member, title \
    }
    FIELD(ZMALLOC_SYSINFO_RSS, rss, "resident (RSS)"),
    FIELD(ZMALLOC_SYSINFO_PEAK_RSS, peak_rss, "peak RSS"),
    FIELD(ZMALLOC_SYSINFO_VIRTUAL, virtual_size, "address space"),
    FIELD(ZMALLOC_SYSINFO_SHARED, shared, "shared"),
    FIELD(ZMALLOC_SYSINFO_PRIVATE_ESTIMATE, private_estimate, "private (estimate)"),
    FIELD(ZMALLOC_SYSINFO_ANONYMOUS, anonymous, "anonymous"),
    FIELD(ZMALLOC_SYSINFO_SWAP, swap, "swapped out"),
    FIELD(ZMALLOC_SYSINFO_PAGE_TABLES, page_tables, "page tables"),
    FIELD(ZMALLOC_SYSINFO_PRIVATE_DIRTY, private_dirty, "private dirty"),
    FIELD(ZMALLOC_SYSINFO_PRIVATE_RESIDENT, private_resident, "private (USS)"),
    FIELD(ZMALLOC_SYSINFO_SHARED_DIRTY, shared_dirty, "shared dirty"),
    FIELD(ZMALLOC_SYSINFO_SHARED_CLEAN, shared_clean, "shared clean"),
    FIELD(ZMALLOC_SYSINFO_PSS, pss, "proportional (PSS)"),
    FIELD(ZMALLOC_SYSINFO_SWAP_PSS, swap_pss, "swapped out (PSS)"),
    FIELD(ZMALLOC_SYSINFO_LAZY_FREE, lazy_free, "lazily freed"),
    FIELD(ZMALLOC_SYSINFO_ANON_HUGE, anon_huge, "huge pages"),
    FIELD(ZMALLOC_SYSINFO_FOOTPRINT, footprint, "footprint"),
    FIELD(ZMALLOC_SYSINFO_COMPRESSED, compressed, "compressed"),
    FIELD(ZMALLOC_SYSINFO_COMMIT, commit, "commit"),
#undef FIELD
};

#define FIELDS (sizeof fields / sizeof *fields)

static uint64_t value_of(const struct zmalloc_sysinfo_memory *memory, const struct field *field)
{
    uint64_t value;
    memcpy(&value, (const char *)memory + field->offset, sizeof value);
    return value;
}

int zm_memory_read(const char *subcommand, int64_t pid, bool walk,
                   struct zmalloc_sysinfo_memory *out)
{
    *out = (struct zmalloc_sysinfo_memory){.struct_size = sizeof *out};
    int error =
        zmalloc_sysinfo_memory(pid, walk ? ZMALLOC_SYSINFO_ALL : ZMALLOC_SYSINFO_CHEAP, out);
    if (error == 0)
        return 0;
    zm_error(subcommand, "can't read the memory of process %lld: %s",
             pid ? (long long)pid : (long long)getpid(), strerror(-error));
    return ZM_EXIT_TOOL;
}

void zm_memory_print(const struct zmalloc_sysinfo_memory *memory, FILE *out)
{
    char buf[32];
    for (size_t i = 0; i < FIELDS; i++) {
        if (memory->has & fields[i].bit)
            fprintf(out, "%-18s  %10s\n", fields[i].title,
                    zm_with_unit(ZM_BYTES, (double)value_of(memory, &fields[i]), buf, sizeof buf));
    }
}

json_t *zm_memory_json(const struct zmalloc_sysinfo_memory *memory)
{
    json_t *object = json_object();
    char key[64];
    for (size_t i = 0; object && i < FIELDS; i++) {
        if (!(memory->has & fields[i].bit))
            continue;
        snprintf(key, sizeof key, "%s_bytes", fields[i].key);
        json_object_set_new(object, key, json_integer((json_int_t)value_of(memory, &fields[i])));
    }
    return object;
}
