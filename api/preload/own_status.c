/* SPDX-License-Identifier: BSD-3-Clause */
#include "own_status.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/kept.h"

static struct zm_kept status;
static char text[16384]; /* the groups of the process may be many */

static int open_status(const char *name)
{
    return open(name, O_RDONLY | O_CLOEXEC);
}

void zm_own_status_open(void)
{
    zm_let_go(&status);
    if (zm_may_open())
        zm_keep(&status, open_status("/proc/self/status"));
}

static void read_text(int fd)
{
    size_t length = 0;
    ssize_t n = 0;
    while (length < sizeof text - 1 && (n = read(fd, text + length, sizeof text - 1 - length)) > 0)
        length += (size_t)n;
    text[length] = '\0';
}

/* The number after "\nNAME:". */
static bool find(const char *name, uint64_t *out)
{
    size_t length = strlen(name);
    const char *line = text;
    while ((line = strchr(line, '\n')))
        if (strncmp(++line, name, length) == 0)
            break;
    if (!line)
        return false;
    const char *s = line + length;
    while (*s == ' ' || *s == '\t')
        s++;
    if (*s < '0' || *s > '9')
        return false;
    for (*out = 0; *s >= '0' && *s <= '9'; s++)
        *out = *out * 10 + (uint64_t)(*s - '0');
    return true;
}

static bool find_memory(struct zm_own_status *out)
{
    uint64_t rss, peak;
    if (!find("VmRSS:", &rss) || !find("VmHWM:", &peak))
        return false;
    out->rss = rss * 1024;
    /* The kernel keeps the high-water mark lazily: a resident size above it is the truer peak. */
    out->peak_rss = (peak > rss ? peak : rss) * 1024;
    return true;
}

void zm_own_status_read(struct zm_own_status *out)
{
    struct stat st;
    uint64_t pid, ppid;
    int fd = zm_kept_fd(&status, &st);
    if (fd >= 0)
        read_text(fd);
    out->has_memory = find_memory(out);
    /* The file has been lost, or is that of a first thread that has ended. Any other thread's
     * says the same. */
    if (!out->has_memory && zm_may_open() && (fd = open_status("/proc/thread-self/status")) >= 0) {
        read_text(fd);
        close(fd);
        out->has_memory = find_memory(out);
    }
    /* Where /proc is that of another PID namespace the file has its numbers, and the system is
     * asked. */
    bool known = find("Tgid:", &pid) && (pid_t)pid == getpid() && find("PPid:", &ppid);
    out->ppid = known ? (int64_t)ppid : getppid();
}
