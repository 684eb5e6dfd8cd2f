#!/bin/sh
# A gate for any CI service: has a program become worse than it was?
#
#   usage: check.sh OLD NEW [ARGUMENT...]
#
# OLD and NEW are two builds of the program, each run with the same arguments, side by side: so neither the
# service's machine nor its load can be taken for a regression. Leaves zmalloc.xml for the service to show. Ends
# with 1 for a regression; what can't be decided on a busy machine is told, and lets the change pass.
#
# Variables: RULES, one a line ("peak_rss > +5 %"), instead of the standard ones; RUNS, 15 if it says nothing;
# BACKEND, libc if it says nothing.
#
# SPDX-License-Identifier: BSD-3-Clause
set -eu

old=$1 new=$2
shift 2

quoted= # the arguments as a shell reads them
for word; do
    quoted="$quoted '$(printf %s "$word" | sed "s/'/'\\\\''/g")'"
done

options=
if [ -n "${RULES-}" ]; then
    while IFS= read -r rule; do
        [ -z "$rule" ] || options="$options --fail-if='$rule'"
    done <<END
$RULES
END
fi

status=0
eval "zmalloc check --before=\"'$old' \$quoted\" --backends=${BACKEND:-libc} --blocks=${RUNS:-15} \
    --export=junit:zmalloc.xml $options -- '$new' $quoted" || status=$?

if [ "$status" = 3 ]; then
    echo "check.sh: undecided; more runs (RUNS) or wider limits (RULES) would tell" >&2
    exit 0
fi
exit "$status"
