#!/bin/sh
# usage: emulated.sh SOURCE_ROOT PLACE MACHINE BACKEND...
# Builds the library for MACHINE, aarch64 or arm, in PLACE, with assertions, and runs the stress, the
# account's tests and the contract under qemu-user. The compiler orders memory accesses as for ARM, and
# as the language allows; the emulator on top of that as this machine does.
# SPDX-License-Identifier: BSD-3-Clause
root=$1 place=$2 machine=$3
shift 3
backends=$*
case $machine in
aarch64) tools=aarch64-linux-gnu ;;
arm) tools=arm-linux-gnueabihf ;;
*) echo "unknown machine: $machine" && exit 2 ;;
esac
gcc=$tools-gcc sysroot=/usr/$tools
qemu=$(command -v "qemu-$machine-static" || command -v "qemu-$machine")
if [ -z "$qemu" ] || ! command -v "$gcc" >/dev/null || [ ! -d "$sysroot/lib" ]; then
    echo "skipped, needs $gcc, its libc and qemu-user-static"
    exit 77
fi
if ! command -v "$tools-g++" >/dev/null; then
    backends=
    for backend; do
        case $backend in
        tcmalloc*) echo "without $backend, which is written in C++: $tools-g++ is missing" ;;
        *) backends="$backends $backend" ;;
        esac
    done
fi
unset CC CXX CFLAGS CXXFLAGS CPPFLAGS LDFLAGS ZMALLOC_BACKEND # this machine's
mkdir -p "$place" || exit 1
cat >"$place/cross.ini" <<END || exit 1
[binaries]
c = '$gcc'
cpp = '$tools-g++'
ar = '$tools-ar'
strip = '$tools-strip'
exe_wrapper = ['$qemu', '-L', '$sysroot']

[host_machine]
system = 'linux'
cpu_family = '$machine'
cpu = '$machine'
endian = 'little'
END

# cmocka for another machine comes from its source, as `./dev setup ci` gets it.
tests=disabled targets=libzmalloc.a
for source in "$root"/subprojects/cmocka-*/; do
    [ ! -d "$source" ] || tests=enabled targets='libzmalloc.a tests/core/account tests/core/contract'
done
options=-Dtests=$tests
for backend in $backends; do
    [ "$backend" = libc ] || options="$options -D$backend=enabled"
done
[ ! -f "$place/build.ninja" ] || options="$options --reconfigure"
# shellcheck disable=SC2086 # lists
{ meson setup "$place" "$root" --cross-file "$place/cross.ini" --wrap-mode=nodownload -Dbuildtype=debugoptimized -Ddebug=false \
    -Ddefault_library=static -Dauto_features=disabled -Dc_args=-DZM_EMULATED $options &&
    ninja -C "$place" $targets &&
    "$gcc" -std=gnu11 -D_GNU_SOURCE -O2 -I"$root" -I"$root/include" -I"$place/include" \
        "$root/tests/torture/stress.c" "$place/libzmalloc.a" -lpthread -lm -o "$place/stress"; } \
    >"$place/log" 2>&1 || { tail -n 40 "$place/log" && exit 1; }

failed=0
run() { # PROGRAM [ARGS...]
    ZMALLOC_BACKEND=$backend "$qemu" -L "$sysroot" "$@" >"$place/log" 2>&1
    status=$?
    [ $status = 0 ] && return
    tail -n 40 "$place/log"
    echo "$backend: ${1##*/} ended with $status"
    failed=1
    return 1
}
for backend in $backends; do
    run "$place/stress" 1 && cat "$place/log"
    [ "$tests" = enabled ] || continue
    for name in account contract; do
        run "$place/tests/core/$name" && echo "$backend: $(grep -c '^\[ *OK' "$place/log") tests of $name"
    done
done
[ "$tests" = enabled ] || echo 'without the tests of the account: they need the source of cmocka, see ./dev setup ci'
exit $failed
