# SPDX-License-Identifier: BSD-3-Clause
# needs: /usr/bin/python3
cat >work.py <<'END'
import multiprocessing
import sys


def work(n):
    return len({str(i): [i] for i in range(n)}), sum(range(n))


if __name__ == "__main__":
    for method in "fork", "spawn", "forkserver":
        with multiprocessing.get_context(method).Pool(3) as pool:
            print(method, pool.map(work, range(1000, 9000, 1000)))
    sys.exit(0)
END
/usr/bin/python3 work.py
