/* SPDX-License-Identifier: BSD-3-Clause */
#include "tree.h"
#include "sysinfo/linux/linux.h"
#include "tests/sysinfo/helpers.h"
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

char tree_top[] = "/tmp/zm-trees-XXXXXX";
int tree_root = -1;

void tree_put(const char *path, const char *text)
{
    tree_put_bytes(path, text, strlen(text));
}

static void make_room(const char *path)
{
    char dir[256];
    for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
        snprintf(dir, sizeof dir, "%.*s", (int)(slash - path), path);
        mkdirat(tree_root, dir, 0700);
    }
}

void tree_link(const char *path, const char *target)
{
    make_room(path);
    unlinkat(tree_root, path, 0);
    assert_int_equal(symlinkat(target, tree_root, path), 0);
}

void tree_put_bytes(const char *path, const char *bytes, size_t length)
{
    int fd;
    make_room(path);
    unlinkat(tree_root, path,
             0); /* some file systems write a file to disk that is cut and filled */
    fd = openat(tree_root, path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, length), (ssize_t)length);
    close(fd);
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *place)
{
    (void)info, (void)type, (void)place;
    return remove(path);
}

int tree_plant(void **state)
{
    (void)state;
    memset(tree_top + sizeof tree_top - 7, 'X', 6);
    if (!mkdtemp(tree_top))
        return -1;
    tree_root = open(tree_top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return tree_root < 0 ? -1 : 0;
}

int tree_fell(void **state)
{
    (void)state;
    close(tree_root);
    return nftw(tree_top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

struct zmalloc_sysinfo_limit tree_limit(int64_t pid)
{
    struct zmalloc_sysinfo_limit limit = {0};
    assert_int_equal(zm_linux_limit(tree_root, pid, &limit), 0);
    return limit;
}
