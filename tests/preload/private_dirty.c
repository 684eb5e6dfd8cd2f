/* Prints its own private dirty memory, in bytes, as it is when main begins and one block has been
 * allocated. From inside: the process is gone before another could look.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(void)
{
    static char text[4096];
    setlocale(LC_ALL, ""); /* as /bin/true does */
    void *block = malloc(100);
    int fd = open("/proc/self/smaps_rollup", O_RDONLY);
    if (!block || fd < 0 || read(fd, text, sizeof text - 1) <= 0)
        return 77; /* kernels before 4.14 */
    const char *line = strstr(text, "\nPrivate_Dirty:");
    if (!line)
        return 1;
    printf("%llu\n", strtoull(line + strlen("\nPrivate_Dirty:"), NULL, 10) * 1024);
    free(block);
    return 0;
}
