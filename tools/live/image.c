/* AT_RANDOM of the auxiliary vector, and what is there.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "image.h"

#include "remote.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* While exec is under way, and after the end, there is none. */
static int find_random(pid_t pid, uint64_t *where)
{
    char path[64];
    ElfW(auxv_t) all[64];
    snprintf(path, sizeof path, "/proc/%ld/auxv", (long)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? -ESRCH : errno == EACCES ? -EPERM : -errno;
    ssize_t length = read(fd, all, sizeof all);
    close(fd);
    for (ssize_t i = 0; i < length / (ssize_t)sizeof *all; i++) {
        if (all[i].a_type == AT_RANDOM) {
            *where = all[i].a_un.a_val;
            return 0;
        }
    }
    return -ESRCH;
}

int zm_image_of(pid_t pid, struct zm_image *out)
{
    int status = find_random(pid, &out->where);
    return status ? status
                  : zm_remote_read(
                        pid, &(struct zm_remote){out->where, out->random, sizeof out->random}, 1);
}

bool zm_image_is_there(pid_t pid, const struct zm_image *image)
{
    unsigned char now[sizeof image->random];
    return zm_remote_read(pid, &(struct zm_remote){image->where, now, sizeof now}, 1) == 0 &&
           memcmp(now, image->random, sizeof now) == 0;
}
