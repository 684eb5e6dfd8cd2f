/* Reading a variable of the environment, wherever it is.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "environment.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef __linux__
#    include <sys/auxv.h>
#endif

#ifdef __linux__
extern char **environ;
static bool known;

/* Before libc has set environ, the variable is found only in the kernel's copy. */
static const char *variable_from_kernel(const char *name, char *buf, size_t size)
{
    size_t name_length = strlen(name);
    int fd = open("/proc/self/environ", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    size_t matched = 0, length = 0;
    bool in_value = false, found = false;
    char chunk[512];
    ssize_t n;
    while (!found && (n = read(fd, chunk, sizeof chunk)) > 0)
        for (ssize_t i = 0; i < n && !found; i++) {
            char c = chunk[i];
            if (in_value) {
                if (c == '\0' || length == size - 1)
                    found = true;
                else
                    buf[length++] = c;
            } else if (c == '\0') {
                matched = 0;
            } else if (matched == name_length && c == '=') {
                in_value = true;
            } else if (matched < name_length && c == name[matched]) {
                matched++;
            } else {
                matched = name_length + 1; /* another variable: wait for its end */
            }
        }
    close(fd);
    buf[length] = '\0';
    return in_value ? buf : NULL;
}

const char *zm_environment(const char *name, char *buf, size_t size)
{
    if (environ || known)
        return getenv(name);
    return variable_from_kernel(name, buf, size);
}

/* environ is set here, because the allocators ask for their own variables by getenv. */
void zm_environment_is(char **environment)
{
    known = true;
    if (!environ)
        environ = environment;
}

bool zm_environment_trusted(void)
{
    return getauxval(AT_SECURE) == 0;
}
#else
const char *zm_environment(const char *name, char *buf, size_t size)
{
    (void)buf, (void)size;
    return getenv(name);
}

void zm_environment_is(char **environment)
{
    (void)environment;
}

bool zm_environment_trusted(void)
{
    return getuid() == geteuid() && getgid() == getegid();
}
#endif
