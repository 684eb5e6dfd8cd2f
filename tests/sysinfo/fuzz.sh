#!/bin/sh
# usage: fuzz.sh SOURCE_ROOT GENERATED_INCLUDES
# Every parser under libFuzzer with ASan and UBSan, $ZMALLOC_FUZZ_SECONDS seconds each (default 1).
# SPDX-License-Identifier: BSD-3-Clause
root=$1 generated=$2
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
echo 'int LLVMFuzzerTestOneInput(const unsigned char *d, unsigned long n) { return d && n > 1u << 31; }' \
    >"$work/try.c"
if ! clang -fsanitize=fuzzer "$work/try.c" -o "$work/try" 2>/dev/null; then
    echo "skipped, needs clang with libFuzzer (libclang-rt-dev)"
    exit 77
fi
seed() {
    mkdir -p "$work/$1"
    printf '%b' "$2" >"$work/$1/seed"
}
seed STATM '765 404 382 5 0 90 0\n'
seed VALUE '9223372036854771712\n'
seed SMAPS '\00755-7f r--p 00000000 fe:00 1311      /usr/bin/cat\nPss:    4 kB\nPrivate_Dirty:    8 kB\nVmFlags: rd\n'
seed MEMINFO '\007MemTotal:       24684096 kB\nMemFree:   1 kB\nMemAvailable:   24178968 kB\n\0\0'
seed CGROUP '\00712:pids:/p\n5:cpu,memory:/docker/1234\n0::/unified\n'
seed MOUNTINFO '\00731 27 0:27 /a /cg/m\\040x rw master:4 - cgroup2 cgroup rw\n35 27 0:31 /.. /cg ro - cgroup c rw,memory\n'
seed STAT '\007anon 1\ninactive_file 52428800\nhierarchical_memory_limit 9223372036854771712\n'
seed PRESSURE '\007some avg10=1.25 avg60=0.07 avg300=100.00 total=123456\nfull avg10=0.00 avg60=0.00 avg300=0.01 total=7\n'
seed BOUNDS '\0\0\0\020\0\0\0\0\0\0\0\030\0\0\0\0\0\0\0\010\0\0\0\0\377\377\377\377\377\377\377\377\0\0\0\004\0\0\0\0'
seed FREEBSD '\060\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\012\0\0\0\001\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0'
build() {
    clang -g -O1 -std=gnu11 -D_GNU_SOURCE -fsanitize=address,undefined -fno-sanitize-recover=all -I"$root" \
        -I"$root/include" -I"$generated" -isystem "$root/tests/sysinfo/fake/freebsd" "$@"
}
mkdir "$work/linux" "$work/freebsd"
(cd "$work/linux" && build -fsanitize=fuzzer-no-link -c "$root"/sysinfo/linux/*.c "$root/sysinfo/text.c" \
    "$root/sysinfo/bounds.c" "$root/sysinfo/sysinfo.c" "$root/sysinfo/posix/self.c") || exit 1
(cd "$work/freebsd" && build -fsanitize=fuzzer-no-link -c "$root/sysinfo/text.c" "$root/sysinfo/freebsd.c") ||
    exit 1
fuzz() { # PARSER
    system=linux own=$work/$1.run
    [ "$1" != FREEBSD ] || system=freebsd
    mkdir "$own"
    if build -DPARSER_$1 -fsanitize=fuzzer "$root/tests/sysinfo/fuzz.c" "$work/$system"/*.o -o "$own/fuzz" &&
        "$own/fuzz" -max_total_time="${ZMALLOC_FUZZ_SECONDS:-1}" -max_len=2048 -artifact_prefix="$own/" \
            "$work/$1" >"$own/log" 2>&1; then
        echo "$1: $(grep -o 'DONE.*\|Done.*' "$own/log" | tail -n 1)"
    else
        echo "$1: FAILED"
        cat "$own/log"
        for crash in "$own"/crash-* "$own"/oom-* "$own"/timeout-*; do
            [ ! -e "$crash" ] || od -c "$crash"
        done
        touch "$work/failed"
    fi
}
for pair in STATM:VALUE SMAPS:MEMINFO CGROUP:MOUNTINFO STAT:PRESSURE BOUNDS:FREEBSD; do
    fuzz "${pair%:*}" &
    fuzz "${pair#*:}"
    wait
done
[ ! -e "$work/failed" ]
