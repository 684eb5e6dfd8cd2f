# SPDX-License-Identifier: BSD-3-Clause
# needs: gdb gcc
cat >program.c <<'END'
struct point {
    int x, y;
    struct point *next;
};
static struct point origin = {3, 4, &origin};
int main(void)
{
    return origin.next->x + origin.y - 7;
}
END
gcc -g -O0 -o program program.c
gdb -nx --batch -ex 'info line main' -ex 'print origin' -ex 'ptype struct point' \
    -ex 'disassemble main' -ex 'python print(sum(range(1000)))' ./program
