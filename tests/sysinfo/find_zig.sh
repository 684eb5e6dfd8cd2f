# shellcheck shell=sh
# For the scripts that need zig: sets ZIG (which may be set before), version and minor, or skips.
# SPDX-License-Identifier: BSD-3-Clause
if [ -z "$ZIG" ]; then
    if command -v zig >/dev/null; then
        ZIG=zig
    elif python3 -c 'import ziglang' 2>/dev/null; then
        ZIG='python3 -m ziglang'
    else
        echo "skipped, needs zig (pip install ziglang)"
        exit 77
    fi
fi
version=$($ZIG version) || exit 1
minor=${version#0.}
minor=${minor%%.*}
