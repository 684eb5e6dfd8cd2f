#!/bin/sh
# usage: symbols.sh SOURCE_ROOT ARCHIVE
# sysinfo alone in an archive: what it needs may neither allocate nor lock nor know a locale, and what it
# defines has the prefix.
# SPDX-License-Identifier: BSD-3-Clause
root=$1 archive=$2
command -v nm >/dev/null || { echo "skipped, needs nm"; exit 77; }
needs=$(nm -u "$archive" | awk 'NF == 2 { print $2 }' | sort -u | grep -vxE \
    'zm_[a-z_]+|zmalloc_[a-z_]+|(__)?(memcpy|memset|memcmp|bcmp|memchr|strlen|strcmp|strncmp)(_chk)?|syscall|sysconf|sysinfo|kill|getpid|clock_gettime|__errno_location|__stack_chk_fail|_GLOBAL_OFFSET_TABLE_')
defines=$(nm -g --defined-only "$archive" | awk 'NF == 3 { print $3 }' | grep -vE '^(zm|zmalloc)_')
includes=$(grep -lE '#\s*include [<"](accounting|backends|stdio|stdlib|locale)' "$root"/sysinfo/*.[ch])
status=0
for finding in "needs:$needs" "defines:$defines" "includes:$includes"; do
    [ -n "${finding#*:}" ] || continue
    # shellcheck disable=SC2086 # on one line
    echo "sysinfo ${finding%%:*}" ${finding#*:}
    status=1
done
nm -g --defined-only "$archive" | grep -q ' zmalloc_sysinfo_memory$' || { echo "no symbols in $archive"; status=1; }
exit "$status"
