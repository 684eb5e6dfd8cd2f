# SPDX-License-Identifier: BSD-3-Clause
# needs: dash
dash <<'END'
i=0
while [ $i -lt 300 ]; do
    text=$(echo $i | { read -r x; echo "$x$x"; })
    list="${list-} $text"
    i=$((i + 1))
done
echo "$list" | cksum
false | true
(exit 3) || echo "status $?"
sh -c 'kill -KILL $$' 2>/dev/null || echo "status $?"
trap 'echo leaving' EXIT
cat <<TEXT
$(seq 1 5)
TEXT
END
