#!/bin/sh
# usage: zig.sh SOURCE_ROOT GENERATED_INCLUDES SYSTEM=FILE,FILE,...
# Links deltas.c for systems that can't be run here, with their own headers and library stubs. zig is
# $ZIG, or in the path, or the Python package ziglang; 0.15 or later has the BSDs.
# SPDX-License-Identifier: BSD-3-Clause
root=$1 generated=$2
shift 2
. "$root/tests/sysinfo/find_zig.sh"
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failed=0
for system; do
    files=
    for file in $(echo "${system#*=}" | tr , ' '); do files="$files $root/sysinfo/$file"; done
    case ${system%%=*} in
    linux) targets='x86_64-linux-musl aarch64-linux-musl' ;;
    darwin) targets='aarch64-macos x86_64-macos' ;;
    windows) targets='x86_64-windows-gnu' ;;
    freebsd | netbsd) targets="x86_64-${system%%=*} aarch64-${system%%=*}" since=15 ;;
    openbsd) targets='x86_64-openbsd' since=16 ;;
    esac
    for target in $targets; do
        if [ "$minor" -lt "${since:-0}" ]; then
            echo "$target: skipped, zig $version has no such target"
            continue
        fi
        # shellcheck disable=SC2086
        if $ZIG cc -target "$target" -std=gnu11 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -I"$root" \
            -I"$root/include" -I"$generated" $files "$root/tests/sysinfo/deltas.c" -o "$work/deltas"; then
            echo "$target: linked"
            [ "$target" != "$(uname -m)-linux-musl" ] || "$work/deltas" || failed=1
        else
            echo "$target: FAILED"
            failed=1
        fi
    done
    since=
done
exit "$failed"
