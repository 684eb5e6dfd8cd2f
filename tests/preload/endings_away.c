/* Endings as daemons, as somebody else, elsewhere, and writing where nobody reads.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "endings.h"

#define NOBODY 65534

/* ---- as daemons ---- */

static void wait_for(const char *file)
{
    for (int i = 0; i < 2000 && access(file, F_OK) != 0; i++)
        usleep(10000);
}

static void detach(void)
{
    int null = open("/dev/null", O_RDWR);
    zm_must(null);
    zm_must(setsid());
    for (int fd = 0; fd < 3; fd++)
        zm_must(dup2(null, fd));
    if (null > 2)
        close(null);
}

/* Ends when the file is there. */
int zm_as_daemon(char **arguments)
{
    zm_hold(1000);
    pid_t pid = fork();
    zm_must(pid);
    if (pid > 0)
        _exit(STATUS);
    detach();
    wait_for(arguments[0]);
    return STATUS;
}

/* Closes what it has, and opens the file under all those numbers. */
int zm_with_own_files(char **arguments)
{
    zm_hold(1000);
    for (int fd = 0; fd < 1000; fd++)
        close(fd);
    for (int fd = 0; fd < 200; fd++)
        if (open(arguments[0], O_RDWR | O_CREAT, 0600) != fd)
            return 1;
    return STATUS;
}

/* ---- elsewhere, as somebody else ---- */

int zm_after_rename(char **arguments)
{
    zm_hold(1000);
    zm_must(rename(arguments[0], arguments[1]));
    return STATUS;
}

int zm_after_unlink(char **arguments)
{
    zm_hold(1000);
    zm_must(unlink(arguments[0]));
    return STATUS;
}

static void become_nobody(void)
{
    zm_must(setgroups(0, NULL));
    zm_must(setgid(NOBODY));
    zm_must(setuid(NOBODY));
}

int zm_without_privileges(char **arguments)
{
    (void)arguments;
    zm_hold(1000);
    become_nobody();
    return STATUS;
}

int zm_in_other_root(char **arguments)
{
    zm_hold(1000);
    zm_must(chroot(arguments[0]));
    zm_must(chdir("/"));
    return STATUS;
}

/* A server: its first worker is forked before it gives up its privileges, its second after. */
int zm_with_workers(char **arguments)
{
    (void)arguments;
    zm_hold(1000);
    for (int i = 0; i < 2; i++) {
        pid_t pid = fork();
        zm_must(pid);
        if (pid == 0) {
            if (i == 0)
                become_nobody();
            zm_hold(1000);
            _exit(STATUS);
        }
        if (zm_status_of(pid) != STATUS)
            return 1;
        if (i == 0)
            become_nobody();
    }
    return STATUS;
}

/* ---- writing where it should not ---- */

int zm_in_background(char **arguments)
{
    (void)arguments;
    struct termios modes;
    zm_must(tcgetattr(0, &modes));
    modes.c_lflag |= TOSTOP;
    zm_must(tcsetattr(0, TCSANOW, &modes));
    pid_t pid = fork();
    zm_must(pid);
    if (pid == 0) {
        zm_must(setpgid(0, 0));
        zm_hold(1000);
        exit(STATUS);
    }
    int status;
    zm_must(waitpid(pid, &status, WUNTRACED));
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

/* Leaves no room in the pipe, which is never read. */
int zm_with_full_pipe(char **arguments)
{
    (void)arguments;
    static char page[4096];
    zm_must(fcntl(2, F_SETFL, O_NONBLOCK));
    while (write(2, page, sizeof page) > 0) {
    }
    zm_must(fcntl(2, F_SETFL, 0));
    zm_hold(1000);
    return STATUS;
}
