#!/bin/sh
# usage: vm.sh SOURCE_ROOT GENERATED_INCLUDES COMMAND FILE...
# cgroup_live.c as the first process of a virtual machine, once per cgroup version; it runs the zmalloc
# command inside of its groups ("-": there is none). $ZMALLOC_TEST_KERNEL is a kernel image for this
# machine, such as the distribution's /boot/vmlinuz-*.
# SPDX-License-Identifier: BSD-3-Clause
root=$1 generated=$2 command=$3
shift 3
files=
for file; do files="$files $root/sysinfo/$file"; done
emulator=qemu-system-$(uname -m)
if [ ! -r "$ZMALLOC_TEST_KERNEL" ] || ! command -v "$emulator" >/dev/null || ! command -v cpio >/dev/null; then
    echo "skipped, needs $emulator, cpio and a kernel image in ZMALLOC_TEST_KERNEL"
    exit 77
fi
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/root/bin" "$work/root/lib"
# shellcheck disable=SC2086
cc -std=gnu11 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -static -I"$root" -I"$root/include" -I"$generated" \
    $files "$root/tests/sysinfo/cgroup_live.c" -o "$work/root/init" || exit 1
if [ "$command" != - ]; then
    cp "$command" "$work/root/bin/zmalloc" || exit 1
    for library in $(ldd "$command" | grep -o '/[^ ]*'); do
        cp -L "$library" "$work/root/lib/" || exit 1
    done
    # The loader must also be where the command asks for it.
    loader=$(ldd "$command" | sed -n 's|^[[:space:]]*\(/[^ ]*\) (.*|\1|p')
    mkdir -p "$work/root${loader%/*}" && cp -L "$loader" "$work/root$loader" || exit 1
fi
(cd "$work/root" && find . | cpio -o -H newc --quiet >"$work/image") || exit 1
failed=0
for version in 1 2; do
    status=0
    timeout 240 "$emulator" -m 1024 -nographic -no-reboot -kernel "$ZMALLOC_TEST_KERNEL" -initrd "$work/image" \
        -append "console=ttyS0 quiet panic=-1 cgroup_enable=memory zm_cgroup=$version" </dev/null 2>&1 |
        tr -d '\r' >"$work/log"
    grep -a "cgroup v$version: \|failed: \|not about" "$work/log"
    grep -aq 'live: ok' "$work/log" || status=1
    if [ "$command" != - ]; then
        sed -n '/command begins/,/command ends/p' "$work/log" >"$work/json"
        echo "zmalloc info: $(grep -a '"effective_' "$work/json" | tr -s ' \n' ' ')"
        for line in '"effective_bytes": 314572800' '"effective_by": "cgroup"' '"effective_level": 1' \
            "\"cgroup_version\": $version" '"path": "/groups/zm-parent/zm-child"' '"limit_bytes": "unlimited"'; do
            grep -q "$line,\$" "$work/json" && continue
            echo "zmalloc info --memory --json did not say $line"
            status=1
        done
    fi
    if [ "$status" != 0 ]; then
        tail -n 20 "$work/log"
        failed=1
    fi
done
exit "$failed"
