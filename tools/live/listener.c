/* Linux tells the sockets of a port in /proc/net, and whose a socket is in each process's list of
 * open files.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "listener.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "processes.h"

#define LISTENING 0x0a
#define ACCEPTS   0x10000 /* of a Unix socket */
#define SOCKETS   16

/* Adds the inodes of the sockets that listen on the port. */
static size_t read_sockets(const char *path, unsigned port, unsigned long *out, size_t count)
{
    char line[512];
    FILE *file = fopen(path, "re");
    if (!file)
        return count;
    while (count < SOCKETS && fgets(line, sizeof line, file)) {
        unsigned local, state;
        unsigned long inode;
        if (sscanf(line, " %*u: %*[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x %*s %*s %*s %*s %*s %lu",
                   &local, &state, &inode) == 3 &&
            local == port && state == LISTENING)
            out[count++] = inode;
    }
    fclose(file);
    return count;
}

static bool has_one(pid_t pid, const unsigned long *inodes, size_t count)
{
    char path[64], target[64];
    snprintf(path, sizeof path, "/proc/%ld/fd", (long)pid);
    DIR *files = opendir(path);
    bool found = false;
    if (!files)
        return false;
    for (struct dirent *entry; !found && (entry = readdir(files));) {
        unsigned long inode;
        ssize_t length = readlinkat(dirfd(files), entry->d_name, target, sizeof target - 1);
        if (length <= 0)
            continue;
        target[length] = '\0';
        if (sscanf(target, "socket:[%lu]", &inode) != 1)
            continue;
        for (size_t i = 0; i < count; i++)
            found |= inodes[i] == inode;
    }
    closedir(files);
    return found;
}

/* Adds the inodes of the sockets that listen and have that name. */
static size_t read_unix_sockets(const char *path, unsigned long *out, size_t count)
{
    char line[512];
    FILE *file = fopen("/proc/net/unix", "re");
    if (!file)
        return count;
    while (count < SOCKETS && fgets(line, sizeof line, file)) {
        unsigned flags;
        unsigned long inode;
        int name = 0;
        line[strcspn(line, "\n")] = '\0';
        if (sscanf(line, "%*x: %*x %*x %x %*x %*x %lu %n", &flags, &inode, &name) == 2 &&
            name > 0 && flags & ACCEPTS && strcmp(line + name, path) == 0)
            out[count++] = inode;
    }
    fclose(file);
    return count;
}

static size_t owners(const unsigned long *inodes, size_t sockets, pid_t *out, size_t most)
{
    pid_t *pids;
    size_t processes, count = 0;
    if (sockets == 0 || zm_processes(&pids, &processes) != 0)
        return 0;
    for (size_t i = 0; i < processes && count < most; i++) {
        if (has_one(pids[i], inodes, sockets))
            out[count++] = pids[i];
    }
    free(pids);
    return count;
}

size_t zm_listeners(unsigned port, pid_t *out, size_t most)
{
    unsigned long inodes[SOCKETS];
    size_t sockets = read_sockets("/proc/net/tcp", port, inodes, 0);
    sockets = read_sockets("/proc/net/tcp6", port, inodes, sockets);
    return owners(inodes, sockets, out, most);
}

size_t zm_socket_listeners(const char *path, pid_t *out, size_t most)
{
    unsigned long inodes[SOCKETS];
    return owners(inodes, read_unix_sockets(path, inodes, 0), out, most);
}
