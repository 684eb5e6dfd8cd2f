#!/bin/sh
# usage: qemu.sh SOURCE_ROOT GENERATED_INCLUDES FILE...
# Builds deltas.c with the Linux files for four foreign machines and runs it under qemu-user.
# SPDX-License-Identifier: BSD-3-Clause
root=$1 generated=$2
shift 2
files=
for file; do files="$files $root/sysinfo/$file"; done
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
ran=0 failed=0
for machine in aarch64:aarch64-linux-gnu arm:arm-linux-gnueabihf riscv64:riscv64-linux-gnu \
    s390x:s390x-linux-gnu; do
    name=${machine%%:*} compiler=${machine#*:}-gcc
    emulator=$(command -v "qemu-$name-static" || command -v "qemu-$name")
    if [ -z "$emulator" ] || ! command -v "$compiler" >/dev/null; then
        echo "$name: skipped, needs $compiler and qemu-user-static"
        continue
    fi
    ran=$((ran + 1))
    printf '%s: ' "$name"
    # shellcheck disable=SC2086
    "$compiler" -std=gnu11 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -static -I"$root" -I"$root/include" \
        -I"$generated" $files "$root/tests/sysinfo/deltas.c" -o "$work/$name" &&
        "$emulator" "$work/$name" || failed=$((failed + 1))
done
[ "$failed" = 0 ] || exit 1
[ "$ran" -gt 0 ] || exit 77
