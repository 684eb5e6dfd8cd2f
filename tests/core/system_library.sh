#!/bin/sh
# A library of the system in place of an allocator's sources: it holds the contract, and one that isn't
# there any more is an error that names it.
#
# usage: system_library.sh CONTRACT FILE
#
# SPDX-License-Identifier: BSD-3-Clause
if said=$(ZMALLOC_BACKEND=absent_library "$1" 2>&1); then
    echo 'it has started'
    exit 1
fi
case $said in
*"backend absent_library can't start: libabsent.so.9: cannot open shared object file"*) ;;
*)
    printf '%s\n' "it said: $said"
    exit 1
    ;;
esac
if ! /sbin/ldconfig -p | grep -q "[[:space:]]$2 "; then
    echo "skipped: there is no $2"
    exit 77
fi
ZMALLOC_BACKEND=system_library exec "$1"
