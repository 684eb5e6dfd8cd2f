#!/bin/sh
# What a library exports, what a program uses, what an archive defines, held against the lists.
# usage: symbols.sh CHECK TOOL FILE LIST...
set -eu
export LC_ALL=C
check=$1 tool=$2 file=$3
shift 3
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
[ $# = 0 ] || sort -u "$@" >"$tmp/listed"

fail() { # MESSAGE FILE
    [ -s "$2" ] || return 0
    echo "$file: $1:"
    sed 's/^/    /' "$2"
    exit 1
}

names() { # NM-OPTIONS...
    "$tool" "$@" "$file" | awk 'NF > 1 { print $NF }' | sort -u
}

exactly() { # TOO-MANY TOO-FEW, names on stdin
    sort -u >"$tmp/found"
    comm -13 "$tmp/listed" "$tmp/found" >"$tmp/more"
    comm -23 "$tmp/listed" "$tmp/found" >"$tmp/less"
    fail "$1" "$tmp/more"
    fail "$2" "$tmp/less"
}

case $check in
exports) # exactly the listed names
    names -D --defined-only | sed 's/@.*//' | grep -vx 'ZMALLOC_[0-9A-Z]*' |
        exactly 'exports what is not listed' 'does not export'
    ;;
globals) # of an archive: exactly the listed names
    names -g --defined-only | exactly 'defines what is not listed' 'does not define'
    ;;
versioned) # every name with our version
    names -D --defined-only | grep -v -e '@@ZMALLOC_0$' -e '^ZMALLOC_0$' >"$tmp/bare" || :
    fail 'has no version' "$tmp/bare"
    ;;
uses) # every listed name; those of sysinfo have tests of their own
    names -D --undefined-only | sed 's/@.*//' >"$tmp/found"
    comm -23 "$tmp/listed" "$tmp/found" | grep -v zmalloc_sysinfo_ >"$tmp/less" || :
    fail 'does not use' "$tmp/less"
    ;;
defines) # listed names, and zm_ ones
    names -g --defined-only | grep -v '^zm_' | comm -13 "$tmp/listed" - >"$tmp/more"
    fail 'defines names without our prefix' "$tmp/more"
    ;;
needs) # no allocator, no C++
    "$tool" -d "$file" | grep NEEDED | grep -E 'malloc|stdc|unwind' >"$tmp/found" || :
    fail 'needs' "$tmp/found"
    ;;
initial-exec) # no thread-local storage that the loader allocates
    "$tool" -r "$file" | grep -E 'DTPMOD|TLSDESC|__tls_get_addr' >"$tmp/found" || :
    fail 'needs dynamic thread-local storage' "$tmp/found"
    ;;
declares) # headers: exactly the listed names
    cat "$file"/*.h "$file"/zmalloc/*.h | grep -v '^#' | tr '\n' ' ' |
        grep -o 'ZMALLOC_API [^(;]*(' | sed 's/.*[ *]\([a-z_0-9]*\)($/\1/' |
        exactly 'declare what is not listed' 'do not declare'
    ;;
*)
    echo "symbols.sh: unknown check $check"
    exit 2
    ;;
esac
