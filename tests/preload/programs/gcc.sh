# SPDX-License-Identifier: BSD-3-Clause
# needs: gcc
cat >program.c <<'END'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int by_number(const void *a, const void *b)
{
    return atoi(*(char *const *)a) - atoi(*(char *const *)b);
}

int main(void)
{
    char *lines[1000], *all = NULL;
    size_t length = 0;
    for (int i = 0; i < 1000; i++)
        if (asprintf(&lines[i], "%d", i * 7919 % 1000) < 0)
            return 1;
    qsort(lines, 1000, sizeof *lines, by_number);
    FILE *stream = open_memstream(&all, &length);
    for (int i = 0; i < 1000; i++) {
        fprintf(stream, "%s\n", lines[i]);
        free(lines[i]);
    }
    fclose(stream);
    printf("%zu %.12s\n", length, all);
    free(all);
    return 7;
}
END
gcc -D_GNU_SOURCE -O2 -Wall -g -ffile-prefix-map="$PWD=." -o program program.c
sha256sum program
status=0
./program || status=$?
echo "status $status"
if gcc -c -x c - -o broken.o <<'END'; then exit 1; else echo "status $?"; fi
int f(void) { return missing; }
END
