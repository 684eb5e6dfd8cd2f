# SPDX-License-Identifier: BSD-3-Clause
# needs: sort
seq 1 50000 | sed 's/.*/&7919 & line/' | rev >lines
sort --parallel=2 -S 1M lines | sha256sum
sort --parallel=2 -n -u lines | sha256sum
sort -R --random-source=lines lines | sort | sha256sum
sort -k 3 -k 1nr lines | head -n 3
