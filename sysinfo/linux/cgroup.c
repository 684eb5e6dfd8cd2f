/* Nothing is assumed about where cgroups are mounted: /proc/PID/cgroup names the process's group,
 * and mountinfo says which part of the hierarchy is mounted where. In a container either may tell
 * of a subtree only.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "sysinfo/linux/cgroup.h"
#include "sysinfo/linux/file.h"
#include "sysinfo/linux/linux.h"
#include <assert.h>
#include <errno.h>
#include <string.h>

static bool list_has(struct zm_text list, const char *word)
{
    struct zm_text piece;
    while (zm_text_until(&list, ',', &piece)) {
        if (zm_text_equal(piece, word))
            return true;
    }
    return zm_text_equal(list, word);
}

static int flawed(struct zm_cgroup *cgroup, int error)
{
    if (!cgroup->flaw)
        cgroup->flaw = error;
    return 0;
}

int zm_cgroup_line(void *context, struct zm_text line, bool cut)
{
    struct zm_cgroup *cgroup = context;
    struct zm_text id, controllers;
    uint32_t version;
    if (!zm_text_until(&line, ':', &id) || !zm_text_until(&line, ':', &controllers))
        return flawed(cgroup, -EPROTO);
    if (list_has(controllers, "memory"))
        version = 1;
    else if (zm_text_equal(id, "0") && !controllers.length && cgroup->version != 1)
        version = 2; /* unless a v1 hierarchy has the controller */
    else
        return 0;
    if (cut || line.length >= sizeof cgroup->process)
        return -ENAMETOOLONG;
    if (!line.length || line.at[0] != '/')
        return flawed(cgroup, -EPROTO);
    memcpy(cgroup->process, line.at, line.length);
    cgroup->process[line.length] = '\0';
    cgroup->version = version;
    return 0;
}

static bool is_octal(char c)
{
    return c >= '0' && c <= '7';
}

/* mountinfo writes blanks, newlines and backslashes as \ and three octal digits. */
static char next_char(struct zm_text *text)
{
    const char *at = text->at;
    char c = at[0];
    size_t used = 1;
    if (c == '\\' && text->length >= 4 && is_octal(at[1]) && is_octal(at[2]) && is_octal(at[3])) {
        c = (char)(unsigned char)((at[1] - '0') << 6 | (at[2] - '0') << 3 | (at[3] - '0'));
        used = 4;
    }
    text->at += used;
    text->length -= used;
    return c;
}

/* Whether there is nothing but "/..", once or more: the mount's root lies above the root of the
 * cgroup namespace that the caller is in. */
static bool only_upwards(struct zm_text root)
{
    while (zm_text_prefix(&root, "/..", 3))
        ;
    return !root.length;
}

/* The rest of the process's path below the mount's root; NULL if the process is not below it. */
static const char *below_root(struct zm_text root, const char *process, size_t *root_length)
{
    const char *rest = process;
    *root_length = 0;
    if (zm_text_equal(root, "/"))
        return process;
    while (root.length) {
        if (*rest != next_char(&root))
            return NULL;
        rest++;
        ++*root_length;
    }
    return *rest == '/' || !*rest ? rest : NULL;
}

/* The process's group lies outside of the cgroup namespace that the caller is in. */
static bool outside(const char *path)
{
    return strncmp(path, "/..", 3) == 0 && (path[3] == '/' || !path[3]);
}

/* mount + rest; nothing is written where that is too long. */
static bool join(struct zm_cgroup *cgroup, struct zm_text mount, const char *rest)
{
    size_t length = 0, rest_length = strcmp(rest, "/") ? strlen(rest) : 0;
    for (struct zm_text text = mount; text.length; length++)
        next_char(&text);
    if (length + rest_length >= sizeof cgroup->directory)
        return false;
    for (length = 0; mount.length; length++)
        cgroup->directory[length] = next_char(&mount);
    memcpy(cgroup->directory + length, rest, rest_length);
    cgroup->directory[length + rest_length] = '\0';
    cgroup->mount_length = length;
    return true;
}

struct mount {
    struct zm_text root, point, type, options;
};

/* id parent major:minor root mount-point options [optional ...] - type source super-options */
static bool take_mount(struct zm_text line, struct mount *mount)
{
    struct zm_text skipped;
    for (int i = 0; i < 3; i++) {
        if (!zm_text_until(&line, ' ', &skipped))
            return false;
    }
    if (!zm_text_until(&line, ' ', &mount->root) || !zm_text_until(&line, ' ', &mount->point))
        return false;
    do {
        if (!zm_text_until(&line, ' ', &skipped))
            return false;
    } while (!zm_text_equal(skipped, "-"));
    if (!zm_text_until(&line, ' ', &mount->type) || !zm_text_until(&line, ' ', &skipped))
        return false;
    mount->options = line;
    return true;
}

static bool is_hierarchy(const struct mount *mount, uint32_t version)
{
    if (version == 2)
        return zm_text_equal(mount->type, "cgroup2");
    return zm_text_equal(mount->type, "cgroup") && list_has(mount->options, "memory");
}

int zm_mount_line(void *context, struct zm_text line, bool cut)
{
    struct zm_cgroup *cgroup = context;
    struct mount mount;
    const char *rest;
    size_t root_length;
    bool hidden_below;
    if (!take_mount(line, &mount)) /* a line that is too long is another file system's */
        return cut ? 0 : flawed(cgroup, -EPROTO);
    if (!is_hierarchy(&mount, cgroup->version))
        return 0;
    hidden_below = only_upwards(mount.root);
    if (hidden_below) {
        rest = "/"; /* the names down to the process are not to be known: its ancestors still are */
        root_length = SIZE_MAX - 1;
    } else {
        rest = below_root(mount.root, cgroup->process, &root_length);
        if (!rest || outside(rest))
            return 0;
    }
    if (root_length >= cgroup->root_length)
        return 0;
    if (!join(cgroup, mount.point, rest))
        return flawed(cgroup, -ENAMETOOLONG);
    cgroup->root_length = root_length;
    cgroup->hidden_below = hidden_below;
    return 0;
}

/* Reads a file by one of the two functions above. If it ends within a line, what there was before
 * may still do. */
static int read_lines(int root, const char *path, zm_line_fn *fn, struct zm_cgroup *cgroup)
{
    char line[ZM_CGROUP_PATH];
    struct zm_lines lines = {line, sizeof line, 0, false};
    int result = zm_file_lines(root, path, &lines, fn, cgroup);
    return result == -EPROTO ? flawed(cgroup, result) : result;
}

int zm_cgroup_find(int root, int64_t pid, struct zm_cgroup *cgroup)
{
    char path[ZM_PROC_PATH];
    int result;
    cgroup->version = 0;
    cgroup->flaw = 0;
    zm_proc_path(path, pid, "cgroup");
    result = read_lines(root, path, zm_cgroup_line, cgroup);
    if (result)
        return zm_proc_error(root, pid, result);
    if (!cgroup->version)
        return cgroup->flaw ? cgroup->flaw : -ENOTSUP;
    cgroup->root_length = SIZE_MAX;
    result = read_lines(root, "/proc/self/mountinfo", zm_mount_line, cgroup);
    if (result)
        return result;
    if (cgroup->root_length == SIZE_MAX)
        return cgroup->flaw ? cgroup->flaw : -ENODATA;
    assert(cgroup->directory[0] == '/' || !cgroup->directory[0]);
    return 0;
}

bool zm_cgroup_up(struct zm_cgroup *cgroup)
{
    size_t length = strlen(cgroup->directory);
    if (length <= cgroup->mount_length)
        return false;
    while (length > cgroup->mount_length && cgroup->directory[length - 1] != '/')
        length--;
    if (length > cgroup->mount_length)
        length--;
    cgroup->directory[length] = '\0';
    return true;
}

int zm_cgroup_value(const char *buffer, size_t length, uint64_t *value)
{
    struct zm_text text = {buffer, length}, line;
    uint64_t number = ZMALLOC_SYSINFO_UNLIMITED;
    if (!zm_text_until(&text, '\n', &line))
        return -EPROTO;
    zm_text_blanks(&line);
    if (!zm_text_prefix(&line, "max", 3) && !zm_text_number(&line, &number))
        return -EPROTO;
    zm_text_blanks(&line);
    if (line.length)
        return -EPROTO;
    *value = number < ZM_CGROUP_UNLIMITED ? number : ZMALLOC_SYSINFO_UNLIMITED;
    return 0;
}

int zm_named_value_line(void *context, struct zm_text line, bool cut)
{
    struct zm_named_values *named = context;
    struct zm_text name;
    if (cut || !zm_text_until(&line, ' ', &name))
        return 0;
    for (unsigned i = 0; i < 2; i++) {
        uint32_t bit = UINT32_C(1) << i;
        uint64_t value;
        if (!named->names[i] || !zm_text_equal(name, named->names[i]) ||
            (named->seen | named->bad) & bit)
            continue;
        if (zm_text_number(&line, &value) && !line.length) {
            named->values[i] = value;
            named->seen |= bit;
        } else {
            named->bad |= bit;
        }
    }
    return 0;
}
