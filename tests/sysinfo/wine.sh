#!/bin/sh
# usage: wine.sh SOURCE_ROOT GENERATED_INCLUDES FILE...
# Builds deltas.c with the Windows files by MinGW-w64 and runs it under Wine.
# SPDX-License-Identifier: BSD-3-Clause
root=$1 generated=$2
shift 2
files=
for file; do files="$files $root/sysinfo/$file"; done
compiler=x86_64-w64-mingw32-gcc
if ! command -v "$compiler" >/dev/null || ! command -v wine >/dev/null; then
    echo "skipped, needs $compiler and wine"
    exit 77
fi
work=$(mktemp -d) || exit 1
trap 'WINEPREFIX=$work/prefix wineserver -k 2>/dev/null; rm -rf "$work"' EXIT
# shellcheck disable=SC2086
"$compiler" -std=gnu11 -O2 -Wall -Wextra -Werror -I"$root" -I"$root/include" -I"$generated" $files \
    "$root/tests/sysinfo/deltas.c" -o "$work/deltas.exe" || exit 1
cd "$work" || exit 1
WINEPREFIX=$work/prefix WINEDEBUG=-all WINEDLLOVERRIDES="mscoree=;mshtml=" wine deltas.exe 2>"$work/errors"
status=$?
[ "$status" = 0 ] || cat "$work/errors"
exit "$status"
