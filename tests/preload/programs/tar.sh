# SPDX-License-Identifier: BSD-3-Clause
# needs: tar xz gzip
mkdir tree
for n in 1 2 3 4 5; do
    mkdir -p tree/$n/deep/deeper
    seq $n $n 20000 >tree/$n/deep/numbers
    ln -s ../numbers tree/$n/deep/deeper/link
done
tar c --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 tree | sha256sum
for how in J z; do
    tar c$how --sort=name --owner=0 --group=0 --mtime=@0 -f packed tree
    mkdir out
    tar x$how -f packed -C out
    diff -r tree out/tree
    tar t$how -f packed
    rm -r out packed
done
tar cf - tree | xz -T2 -6 | xz -dc | tar tf - | sha256sum
