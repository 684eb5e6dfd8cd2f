# SPDX-License-Identifier: BSD-3-Clause
# needs: clang
cat >program.c <<'END'
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    long sum = 0;
    for (int i = 0; i < 1000; i++) {
        char *text = malloc((size_t)i + 32);
        sum += snprintf(text, 32, "%s %d", argv[argc - 1], i);
        free(text);
    }
    printf("%ld\n", sum);
    return 0;
}
END
clang -O2 -g -ffile-prefix-map="$PWD=." -Wall -o program program.c
sha256sum program
./program x
