#!/bin/sh
# usage: musl.sh SOURCE_ROOT PLACE BACKEND...
# Builds the library for musl in PLACE, with assertions and by zig's compilers, and runs the stress, the
# account's tests and the contract: linked statically, then with the shared library under musl's own
# loader; and a program that was linked with neither, under the preload library.
# SPDX-License-Identifier: BSD-3-Clause
root=$1 place=$2
shift 2
. "$root/tests/sysinfo/find_zig.sh"
cpu=$(uname -m)
loader=/lib/ld-musl-$cpu.so.1
[ -e "$loader" ] || { echo "skipped, needs musl's loader, $loader"; exit 77; }
unset CC CXX CFLAGS CXXFLAGS CPPFLAGS LDFLAGS ZMALLOC_BACKEND # this machine's
export ZIG
mkdir -p "$place" || exit 1

# What Meson 1.0 doesn't know of zig: the linker's name.
for compiler in cc c++; do
    cat >"$place/$compiler" <<END || exit 1
#!/bin/sh
case \$1 in
-Wl,--version)
    echo 'LLD 15 (compatible with GNU linkers)'
    exit
    ;;
esac
exec $ZIG $compiler -target $cpu-linux-musl "\$@"
END
done
for tool in ar ranlib objcopy; do
    printf '#!/bin/sh\nexec %s %s "$@"\n' "$ZIG" "$tool" >"$place/$tool"
done
chmod +x "$place/cc" "$place/c++" "$place/ar" "$place/ranlib" "$place/objcopy"
cat >"$place/cross.ini" <<END || exit 1
[binaries]
c = '$place/cc'
cpp = '$place/c++'
ar = '$place/ar'
ranlib = '$place/ranlib'

[properties]
needs_exe_wrapper = false

[host_machine]
system = 'linux'
cpu_family = '$cpu'
cpu = '$cpu'
endian = 'little'
END

# cmocka for another libc comes from its source, as `./dev setup ci` gets it.
tests=disabled
for source in "$root"/subprojects/cmocka-*/; do
    [ ! -d "$source" ] || tests=enabled
done
options=-Dtests=$tests
for backend; do
    [ "$backend" = libc ] || options="$options -D$backend=enabled"
done

build() { # KIND LINK_ARGUMENT TARGET...
    kind=$1 link=$2 again=
    shift 2
    [ ! -f "$place/$kind/build.ninja" ] || again=--reconfigure
    # shellcheck disable=SC2086 # lists
    { meson setup "$place/$kind" "$root" --cross-file "$place/cross.ini" --wrap-mode=nodownload $again \
        -Dbuildtype=debugoptimized -Ddebug=false -Ddefault_library="$kind" -Dauto_features=disabled -Dpreload=enabled \
        "-Dc_link_args=$link" "-Dcpp_link_args=$link" $options &&
        ninja -C "$place/$kind" "$@"; } >"$place/log" 2>&1 || { tail -n 60 "$place/log" && exit 1; }
}

stress() { # KIND LIBRARY LINK_ARGUMENT
    "$place/cc" -std=gnu11 -D_GNU_SOURCE -O2 -I"$root" -I"$root/include" -I"$place/$1/include" \
        "$root/tests/torture/stress.c" "$place/$1/$2" -lpthread -lm -lunwind "$3" -o "$place/$1/stress" || exit 1
}

failed=0
run() { # NAME PROGRAM [ARGS...]
    name=$1
    shift
    "$@" >"$place/log" 2>&1
    status=$?
    [ $status != 0 ] || return 0
    tail -n 40 "$place/log"
    echo "$backend, $name: ended with $status"
    failed=1
    return 1
}

version=$(sed -n "s/^  version: '\(.*\)',.*/\1/p" "$root/meson.build" | head -1)
programs=
[ "$tests" = disabled ] || programs='tests/core/account tests/core/contract'
# shellcheck disable=SC2086 # a list
build static "-static -lunwind" libzmalloc.a $programs
# shellcheck disable=SC2086
build shared "-dynamic -lunwind" "libzmalloc.so.$version" api/preload/libzmalloc-preload.so $programs
stress static libzmalloc.a -static
stress shared libzmalloc.so -dynamic
cat >"$place/plain.c" <<'END'
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void)
{
    char *block = malloc(100);
    block = realloc(block, 200);
    strcpy(block, getenv("ZMALLOC_BACKEND"));
    printf("%s %d\n", block, malloc_usable_size(block) >= 200);
    free(block);
    return 0;
}
END
"$place/cc" -dynamic "$place/plain.c" -o "$place/plain" || exit 1

for backend; do
    ZMALLOC_BACKEND=$backend
    export ZMALLOC_BACKEND
    for kind in static shared; do
        LD_LIBRARY_PATH=$place/$kind
        export LD_LIBRARY_PATH
        run "$kind" "$place/$kind/stress" 1 && sed "s/^/$kind: /" "$place/log"
        for program in $programs; do
            test=${program##*/}
            if [ "$kind $backend $test" = 'static libc account' ]; then
                # Since 0.16 zig's static libc is not all musl's: its malloc does not survive the
                # fork of a process with busy threads.
                echo "$kind: $backend: without the tests of $test, by zig's own malloc"
                continue
            fi
            run "$kind" "$place/$kind/$program" &&
                echo "$kind: $backend: $(grep -c '^\[ *OK' "$place/log") tests of $test"
        done
    done
    unset LD_LIBRARY_PATH
    run preload env LD_PRELOAD="$place/shared/api/preload/libzmalloc-preload.so" "$place/plain"
    grep -q "^$backend 1" "$place/log" || { cat "$place/log"; failed=1; }
done
exit $failed
