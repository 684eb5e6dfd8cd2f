#!/bin/sh
# usage: zig_library.sh SOURCE_ROOT
# The whole library with the libc backend, as Meson builds it, for systems that can't be run here: all
# warnings are errors, the shared library has no undefined symbol, and a program links to it. The first
# run takes minutes, as zig then builds the BSDs' library stubs; later ones ten seconds a target.
# SPDX-License-Identifier: BSD-3-Clause
root=$1
. "$root/tests/sysinfo/find_zig.sh"
command -v meson >/dev/null || { echo "skipped, needs meson in the path"; exit 77; }
export ZIG
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# What Meson 1.0 doesn't know of zig: it asks the linker's name, which zig does not tell, and gives
# -force_load and its archive apart, which zig wants as one.
cat >"$work/cc" <<'END'
#!/bin/sh
target=$1
shift
for argument; do
    shift
    case $argument in
    -Wl,--version)
        echo 'LLD 15 (compatible with GNU linkers)'
        exit
        ;;
    -Wl,-v)
        case $target in *-macos) echo ld64.lld >&2 ;; esac
        exit
        ;;
    -Wl,-force_load)
        load=-Wl,-force_load,
        continue
        ;;
    esac
    set -- "$@" "$load$argument"
    load=
done
exec $ZIG cc -target "$target" "$@"
END
for tool in ar ranlib; do
    printf '#!/bin/sh\nexec %s %s "$@"\n' "$ZIG" "$tool" >"$work/$tool"
done
chmod +x "$work/cc" "$work/ar" "$work/ranlib"
cat >"$work/program.c" <<'END'
#include <zmalloc.h>
#include <zmalloc/stats.h>
#include <zmalloc/sysinfo.h>
int main(void)
{
    void *block = zmalloc(1);
    zfree(block);
    return zmalloc_get_rss() == 0;
}
END

link() { # TARGET SYSTEM
    cat >"$work/$1.ini" <<END
[binaries]
c = ['$work/cc', '$1']
ar = '$work/ar'
ranlib = '$work/ranlib'
[host_machine]
system = '$2'
cpu_family = '${1%%-*}'
cpu = '${1%%-*}'
endian = 'little'
END
    build=$work/$1
    # What is asked is whether it compiles and links, so that little is optimized.
    meson setup --cross-file "$work/$1.ini" --wrap-mode=nodownload -Dauto_features=disabled -Dwerror=true \
        -Doptimization=1 -Ddefault_library=shared -Db_lundef=true "$build" "$root" &&
        meson compile -C "$build" &&
        "$work/cc" "$1" -Wall -Wextra -Werror -I"$root/include" -I"$build/include" "$work/program.c" \
            -L"$build" -lzmalloc -o "$work/program"
}

failed=0
for target in aarch64-linux-musl:linux aarch64-macos:darwin x86_64-macos:darwin x86_64-freebsd:freebsd \
    x86_64-netbsd:netbsd x86_64-openbsd:openbsd; do
    name=${target%%:*} system=${target#*:} since=0
    case $system in
    openbsd) since=16 ;;
    *bsd) since=15 ;;
    esac
    if [ "$minor" -lt "$since" ]; then
        echo "$name: skipped, zig $version has no such target"
    elif link "$name" "$system" >"$work/log" 2>&1; then
        echo "$name: the whole library linked"
    else
        echo "$name: FAILED"
        cat "$work/log"
        failed=1
    fi
done
exit "$failed"
