/* A pidfd is readable once its process has ended. What pidfd_info has since Linux 6.15 is written
 * down here, for headers are older.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "ends.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PIDFD_INFO_EXIT (UINT64_C(1) << 3)

/* Each takes a descriptor, of which there are 1,024 by default. */
#define MOST 512

struct pidfd_info {
    uint64_t mask, cgroup;
    uint32_t pid, tgid, ppid, ids[8];
    int32_t exit_code;
};

#define PIDFD_GET_INFO _IOWR(0xFF, 11, struct pidfd_info)

int zm_ends_open(void)
{
    return epoll_create1(EPOLL_CLOEXEC);
}

int zm_ends_add(int ends, pid_t pid, void *what)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = what};
    int fd = ends < 0 ? -1 : (int)syscall(SYS_pidfd_open, pid, 0);
    if (fd < 0)
        return -1;
    if (fd < MOST && epoll_ctl(ends, EPOLL_CTL_ADD, fd, &event) == 0)
        return fd;
    close(fd);
    return -1;
}

void *zm_ends_next(int ends)
{
    struct epoll_event event;
    return ends >= 0 && epoll_wait(ends, &event, 1, 0) == 1 ? event.data.ptr : NULL;
}

bool zm_ends_take(int descriptor, int *status)
{
    struct pidfd_info info = {.mask = PIDFD_INFO_EXIT};
    bool known = descriptor >= 0 && ioctl(descriptor, PIDFD_GET_INFO, &info) == 0 &&
                 info.mask & PIDFD_INFO_EXIT;
    if (known)
        *status = info.exit_code;
    if (descriptor >= 0)
        close(descriptor);
    return known;
}
