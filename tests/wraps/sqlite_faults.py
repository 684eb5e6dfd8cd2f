#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""sqlite3's shell with allocations that fail, by many seeds: it may say that it is out of memory, and
may die by what it does itself without memory, but never in our code.

usage: sqlite_faults.py LIBRARY WHERE BACKEND FROM TO   (WHERE: where.c, which says who died)
"""
import os
import re
import resource
import shutil
import subprocess
import sys

LIBRARY, WHERE, BACKEND, FROM, TO = sys.argv[1:]
PATH = "/usr/local/bin:/usr/bin:/bin"
SQL = """create table t(a integer primary key, b text);
with recursive n(i) as (select 1 union all select i + 1 from n where i < 300)
  insert into t select i, hex(randomblob(i % 50)) from n;
create index x on t(b);
select count(*), max(length(b)) from t where b > '7' group by substr(b, 1, 1) order by 2;
"""
RATES = "0.1", "0.01", "0.001", "0.0001"


def not_ours(said):
    """Whether a process that a signal killed has said who died, and it was not us."""
    died = re.findall(r"^died in:(.*)$", said, re.M)
    return len(died) == 1 and os.path.basename(LIBRARY) not in died[0] and "zmalloc: " not in said


def main():
    sqlite3 = shutil.which("sqlite3", path=PATH)
    if not sqlite3:
        print("not installed: sqlite3")
        return 77
    ends = {}
    bad = 0
    for seed in range(int(FROM), int(TO)):
        wrap = f"count,fault:p={RATES[seed % len(RATES)]}:seed={seed}"
        done = subprocess.run(
            [sqlite3, ":memory:"], input=SQL, text=True, capture_output=True, timeout=60,
            check=False, errors="replace",
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0)),
            env={"PATH": PATH, "LC_ALL": "C", "HOME": "/nonexistent", "LD_PRELOAD": f"{WHERE}:{LIBRARY}",
                 "ZMALLOC_BACKEND": BACKEND, "ZMALLOC_WRAP": wrap})
        ends[done.returncode] = ends.get(done.returncode, 0) + 1
        if done.returncode < 0 and not not_ours(done.stderr):
            bad += 1
            print(f"ZMALLOC_WRAP={wrap}: {done.returncode}: {done.stderr}")
        # A process that could run to its end has counted its calls.
        if done.returncode >= 0 and not re.search(r'"alloc":[1-9]', done.stderr):
            bad += 1
            print(f"ZMALLOC_WRAP={wrap}: ran without the library: {done.stderr}")
    print("exit statuses:", ends)
    return 1 if bad or len(ends) < 2 else 0


if __name__ == "__main__":
    sys.exit(main())
