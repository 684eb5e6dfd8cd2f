/* /proc of several kernels (kernels/README), whole and cut at every byte. What must come out is
 * found the simple way, line by line with stdio.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "helpers.h"
#include "sysinfo/linux/linux.h"
#include <fcntl.h>
#include <unistd.h>

static const char *const fields[] = {"Private_Dirty", "Private_Clean", "Shared_Dirty",
                                     "Shared_Clean",  "Pss",           "SwapPss",
                                     "Rss",           "Size"};
enum { FIELDS = 8 };

static int root;
static const char *directory;

static char *read_whole(const char *file, size_t *length)
{
    char path[512];
    char *text = malloc(1 << 20);
    FILE *stream;
    assert_non_null(text);
    snprintf(path, sizeof path, "%s/proc/self/%s", directory, file);
    stream = fopen(path, "r");
    if (!stream) {
        free(text);
        return NULL;
    }
    *length = fread(text, 1, 1 << 20, stream);
    assert_true(*length > 0 && *length < 1 << 20);
    fclose(stream);
    return text;
}

/* The sum in KB over the whole lines of the text; false if there is none. */
static bool simple_sum(const char *text, size_t length, const char *name, uint64_t *kb)
{
    const char *end = text + length, *newline;
    bool seen = false;
    *kb = 0;
    for (const char *line = text;
         line < end && (newline = memchr(line, '\n', (size_t)(end - line))); line = newline + 1) {
        unsigned long long figure;
        char key[64], copy[512];
        snprintf(copy, sizeof copy, "%.*s", (int)(newline - line), line);
        if (sscanf(copy, "%63[^: \n]: %llu kB", key, &figure) == 2 && !strcmp(key, name)) {
            *kb += figure;
            seen = true;
        }
    }
    return seen;
}

static void whole(void **state)
{
    size_t length, rollup_length = 0, status_length;
    char *smaps = read_whole("smaps", &length),
         *rollup = read_whole("smaps_rollup", &rollup_length);
    char *status = read_whole("status", &status_length);
    struct zmalloc_sysinfo_memory memory = {.struct_size = sizeof memory};
    uint64_t kb, bytes;
    (void)state;
    for (int i = 0; i < FIELDS; i++) {
        bool seen = (rollup && simple_sum(rollup, rollup_length, fields[i], &kb)) ||
                    simple_sum(smaps, length, fields[i], &kb);
        int result = zm_linux_smaps(root, 0, fields[i], strlen(fields[i]), &bytes);
        assert_int_equal(result, seen ? 0 : -ENODATA);
        if (seen)
            assert_int_equal(bytes, kb * 1024);
    }
    assert_int_equal(zm_linux_memory(root, 0, ZMALLOC_SYSINFO_ALL, &memory), 0);
    assert_true(memory.rss > 0 && memory.virtual_size > memory.rss && memory.shared <= memory.rss);
    assert_true(simple_sum(status, status_length, "VmHWM", &kb));
    assert_true(memory.peak_rss >= kb * 1024);
    assert_int_equal(!!(memory.has & ZMALLOC_SYSINFO_SWAP),
                     simple_sum(status, status_length, "VmSwap", &kb));
    assert_int_equal(!!(memory.has & ZMALLOC_SYSINFO_ANONYMOUS),
                     simple_sum(status, status_length, "RssAnon", &kb));
    assert_int_equal(memory.anonymous, kb * 1024);
    assert_true(
        simple_sum(rollup ? rollup : smaps, rollup ? rollup_length : length, "Private_Dirty", &kb));
    assert_int_equal(memory.private_dirty, kb * 1024);
    assert_int_equal(!!(memory.has & ZMALLOC_SYSINFO_SWAP_PSS),
                     simple_sum(smaps, length, "SwapPss", &kb));
    free(smaps);
    free(rollup);
    free(status);
}

static void cut_at_every_byte(void **state)
{
    static const char *const files[] = {"smaps", "smaps_rollup", "status"};
    (void)state;
    for (int f = 0; f < 3; f++) {
        size_t length;
        char *text = read_whole(files[f], &length);
        if (!text)
            continue; /* a kernel without it */
        for (size_t cut = 0; cut < length; cut++) {
            struct zm_kb_sums sums = {
                .names = {ZM_NAME("Private_Dirty"), ZM_NAME("Pss"), ZM_NAME("VmHWM")}, .count = 3};
            char line[ZM_KB_LINE], *copy = malloc(cut + 1);
            struct zm_lines lines = {line, sizeof line, 0, false};
            assert_non_null(copy);
            memcpy(copy, text, cut); /* exact, but for the byte of malloc(0): ASan sees the rest */
            copy = realloc(copy, cut ? cut : 1);
            assert_int_equal(zm_lines_feed(&lines, copy, cut, zm_kb_line, &sums), 0);
            assert_int_equal(zm_lines_end(&lines), cut && text[cut - 1] != '\n' ? -EPROTO : 0);
            for (unsigned i = 0; i < 3; i++) {
                uint64_t kb;
                bool seen = simple_sum(text, cut, sums.names[i].at, &kb);
                assert_int_equal(!!(sums.seen & 1u << i), seen);
                assert_int_equal(sums.bytes[i], kb * 1024);
            }
            free(copy);
        }
        free(text);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole),
        cmocka_unit_test(cut_at_every_byte),
    };
    int failed = argc < 2;
    for (int i = 1; i < argc; i++) {
        directory = argv[i];
        root = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (root < 0) {
            perror(directory);
            return 1;
        }
        failed += cmocka_run_group_tests_name(directory, tests, NULL, NULL);
        close(root);
    }
    return failed;
}
