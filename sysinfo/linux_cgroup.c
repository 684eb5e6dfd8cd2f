/* Nothing is assumed about where cgroups are mounted: /proc/PID/cgroup names the process's group,
 * mountinfo says which part of the hierarchy is mounted where. In a container either may be a
 * subtree.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "sysinfo/linux_cgroup.h"
#include "sysinfo/linux.h"
#include "sysinfo/linux_file.h"
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

int zm_cgroup_line(void *context, struct zm_text line, bool cut)
{
    struct zm_cgroup *cgroup = context;
    struct zm_text id, controllers;
    uint32_t version;
    if (!zm_text_until(&line, ':', &id) || !zm_text_until(&line, ':', &controllers))
        return -EPROTO;
    if (list_has(controllers, "memory"))
        version = 1;
    else if (zm_text_equal(id, "0") && !controllers.length && cgroup->version != 1)
        version = 2; /* unless a v1 hierarchy has the controller */
    else
        return 0;
    if (cut || line.length >= sizeof cgroup->process)
        return -ENAMETOOLONG;
    if (!line.length || line.at[0] != '/')
        return -EPROTO;
    memcpy(cgroup->process, line.at, line.length);
    cgroup->process[line.length] = '\0';
    cgroup->version = version;
    return 0;
}

/* mountinfo writes blanks, newlines and backslashes as \ and three octal digits. */
static char next_char(struct zm_text *text)
{
    char c = text->at[0];
    size_t used = 1;
    if (c == '\\' && text->length >= 4) {
        unsigned code = 0;
        for (used = 1; used < 4; used++)
            code = code << 3 | ((unsigned char)text->at[used] & 7);
        c = (char)(unsigned char)code;
    }
    text->at += used;
    text->length -= used;
    return c;
}

/* Only "/.." again and again: a cgroup namespace below the mount's root. */
static bool only_upwards(struct zm_text root)
{
    while (zm_text_prefix(&root, "/..", 3))
        ;
    return !root.length;
}

/* What of the process's path lies below the mount's root; NULL if it lies elsewhere. */
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

static bool outside(const char *path)
{
    return strncmp(path, "/..", 3) == 0 && (path[3] == '/' || !path[3]);
}

static int join(struct zm_cgroup *cgroup, struct zm_text mount, const char *rest)
{
    size_t length = 0, rest_length = strcmp(rest, "/") ? strlen(rest) : 0;
    while (mount.length && length < sizeof cgroup->directory)
        cgroup->directory[length++] = next_char(&mount);
    if (length + rest_length >= sizeof cgroup->directory)
        return -ENAMETOOLONG;
    memcpy(cgroup->directory + length, rest, rest_length);
    cgroup->directory[length + rest_length] = '\0';
    cgroup->mount_length = length;
    return 0;
}

/* id parent major:minor root mount-point options [optional ...] - type source super-options */
int zm_mount_line(void *context, struct zm_text line, bool cut)
{
    struct zm_cgroup *cgroup = context;
    struct zm_text skipped, root, mount, type;
    const char *rest;
    size_t root_length;
    bool hidden_below;
    int result;
    for (int i = 0; i < 3; i++) {
        if (!zm_text_until(&line, ' ', &skipped))
            return cut ? 0 : -EPROTO;
    }
    if (!zm_text_until(&line, ' ', &root) || !zm_text_until(&line, ' ', &mount))
        return cut ? 0 : -EPROTO;
    do {
        if (!zm_text_until(&line, ' ', &skipped))
            return cut ? 0 : -EPROTO;
    } while (!zm_text_equal(skipped, "-"));
    if (!zm_text_until(&line, ' ', &type) || !zm_text_until(&line, ' ', &skipped))
        return cut ? 0 : -EPROTO;
    if (cgroup->version == 2 ? !zm_text_equal(type, "cgroup2")
                             : !zm_text_equal(type, "cgroup") || !list_has(line, "memory"))
        return 0;
    hidden_below = only_upwards(root);
    if (hidden_below) {
        rest = "/"; /* the names down to the process are not to be known: its ancestors still are */
        root_length = SIZE_MAX - 1;
    } else {
        rest = below_root(root, cgroup->process, &root_length);
        if (!rest || outside(rest))
            return 0;
    }
    if (root_length >= cgroup->root_length)
        return 0;
    result = join(cgroup, mount, rest);
    if (result)
        return result;
    cgroup->root_length = root_length;
    cgroup->hidden_below = hidden_below;
    return 0;
}

int zm_cgroup_find(int root, int64_t pid, struct zm_cgroup *cgroup)
{
    char path[ZM_PROC_PATH], line[ZM_CGROUP_PATH];
    struct zm_lines lines = {line, sizeof line, 0, false};
    int result;
    cgroup->version = 0;
    zm_proc_path(path, pid, "cgroup");
    result = zm_file_lines(root, path, &lines, zm_cgroup_line, cgroup);
    if (result)
        return zm_proc_error(root, pid, result);
    if (!cgroup->version)
        return -ENOTSUP;
    cgroup->root_length = SIZE_MAX;
    result = zm_file_lines(root, "/proc/self/mountinfo", &lines, zm_mount_line, cgroup);
    if (result)
        return result;
    return cgroup->root_length == SIZE_MAX ? -ENODATA : 0;
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
    if (!zm_text_until(&text, '\n', &line))
        return -EPROTO;
    if (zm_text_equal(line, "max"))
        *value = ZMALLOC_SYSINFO_UNLIMITED;
    else if (!zm_text_number(&line, value) || line.length)
        return -EPROTO;
    else if (*value >= UINT64_C(1) << 62)
        *value = ZMALLOC_SYSINFO_UNLIMITED;
    return 0;
}

int zm_named_value_line(void *context, struct zm_text line, bool cut)
{
    struct zm_named_values *named = context;
    struct zm_text name;
    if (cut || !zm_text_until(&line, ' ', &name))
        return 0;
    for (unsigned i = 0; i < 2; i++) {
        if (!named->names[i] || !zm_text_equal(name, named->names[i]))
            continue;
        if (!zm_text_number(&line, &named->values[i]) || line.length)
            return -EPROTO;
        named->seen |= UINT32_C(1) << i;
    }
    return 0;
}
