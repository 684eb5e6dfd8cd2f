# SPDX-License-Identifier: BSD-3-Clause
# needs: bash
bash <<'END'
set -o pipefail
declare -A table
for ((i = 0; i < 2000; i++)); do table[$((i % 300))]+="$i "; done
echo "${#table[@]} ${table[7]}"
echo "$(for n in {1..50}; do (echo "$n"; exit "$n") | cat; echo "${PIPESTATUS[0]}"; done | sum)"
f() { local text=$1; while [ ${#text} -lt 4000 ]; do text=$text$text; done; echo ${#text}; }
f abc
diff <(seq 1 10) <(seq 2 11)
echo "status $?"
coproc cat; echo hello >&"${COPROC[1]}"; read -r line <&"${COPROC[0]}"; echo "$line"
seq 1 100000 | head -n 1
mapfile -t lines < <(seq 1 20000); echo "${#lines[@]} ${lines[-1]}"
trap 'echo leaving' EXIT
(kill -TERM $BASHPID); echo "status $?"
exec bash -c 'printf "%s\n" "${0^^} done"' bash
END
