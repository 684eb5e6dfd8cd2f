# SPDX-License-Identifier: BSD-3-Clause
# needs: /usr/bin/python3
/usr/bin/python3 - <<'END'
import threading

results = [None] * 8


def work(n):
    table = {}
    for i in range(20000):
        table[f"{n} {i}"] = [i] * (i % 7)
        if i % 3 == 0:
            table.pop(f"{n} {i // 2}", None)
    results[n] = (len(table), sum(map(len, table.values())))


for again in range(2):
    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
print(results, len(bytes(50_000_000)))
END
