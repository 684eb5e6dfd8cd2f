#!/bin/sh
# usage: vm.sh SOURCE_ROOT GENERATED_INCLUDES FILE...
# cgroup_live.c as the only process of a virtual machine, once per cgroup version. $ZMALLOC_TEST_KERNEL is
# a kernel image for this machine, such as the distribution's /boot/vmlinuz-*.
# SPDX-License-Identifier: BSD-3-Clause
root=$1 generated=$2
shift 2
files=
for file; do files="$files $root/sysinfo/$file"; done
emulator=qemu-system-$(uname -m)
if [ ! -r "$ZMALLOC_TEST_KERNEL" ] || ! command -v "$emulator" >/dev/null || ! command -v cpio >/dev/null; then
    echo "skipped, needs $emulator, cpio and a kernel image in ZMALLOC_TEST_KERNEL"
    exit 77
fi
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
# shellcheck disable=SC2086
cc -std=gnu11 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -static -I"$root" -I"$root/include" -I"$generated" \
    $files "$root/tests/sysinfo/cgroup_live.c" -o "$work/init" || exit 1
(cd "$work" && echo init | cpio -o -H newc --quiet >image) || exit 1
status=0
for version in 1 2; do
    timeout 240 "$emulator" -m 1024 -nographic -no-reboot -kernel "$ZMALLOC_TEST_KERNEL" -initrd "$work/image" \
        -append "console=ttyS0 quiet panic=-1 cgroup_enable=memory zm_cgroup=$version" </dev/null >"$work/log" 2>&1
    grep -a "cgroup v$version: \|failed: \|not about" "$work/log"
    grep -aq 'live: ok' "$work/log" && continue
    status=1
    tail -n 20 "$work/log"
done
exit "$status"
