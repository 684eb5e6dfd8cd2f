/* SPDX-License-Identifier: BSD-3-Clause */
#include "kept.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#ifdef __linux__
#    include <sys/prctl.h>
#endif

void zm_keep_in_mind(struct zm_kept *kept, int fd)
{
    struct stat st;
    *kept = (struct zm_kept){.held = fstat(fd, &st) == 0, .fd = fd};
    if (kept->held) {
        kept->device = st.st_dev;
        kept->inode = st.st_ino;
    }
}

void zm_keep(struct zm_kept *kept, int fd)
{
    int moved = -1;
    for (int from = 100; fd >= 0 && moved < 0 && from > 10; from /= 3) /* if 100 are not allowed */
        moved = fcntl(fd, F_DUPFD_CLOEXEC, from);
    if (fd >= 0)
        close(fd);
    zm_keep_in_mind(kept, moved);
}

int zm_kept_fd(const struct zm_kept *kept, struct stat *st)
{
    if (kept->held && fstat(kept->fd, st) == 0 && st->st_dev == kept->device &&
        st->st_ino == kept->inode)
        return kept->fd;
    return -1;
}

void zm_let_go(struct zm_kept *kept)
{
    struct stat st;
    if (zm_kept_fd(kept, &st) >= 0)
        close(kept->fd);
    kept->held = false;
}

bool zm_may_open(void)
{
#ifdef PR_GET_SECCOMP
    int filtered = prctl(PR_GET_SECCOMP, 0, 0, 0, 0);
    return filtered == 0 ||
           (filtered < 0 && errno == EINVAL); /* EINVAL: a kernel without filters */
#else
    return true;
#endif
}
