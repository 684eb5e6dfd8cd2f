#!/usr/bin/env python3
"""What accounting costs whole programs: each under an allocator preloaded by itself, and under ours
with the same allocator inside.

usage: bench/studies/macro.py [--instructions] [--blocks N] [--seed N] [--json FILE] PRELOAD-LIBRARY

The allocators by themselves are the distribution's libraries (libjemalloc2, libgoogle-perftools4,
libtcmalloc-minimal4, libmimalloc2.0); libc is a run without preload. Runs in blocks: in each every
way runs once, in shuffled order; a ratio is taken within its block. The figure is CPU time, of
redis-server without its client; or, with --instructions, their number by callgrind, which repeats
but says nothing of caches, for smaller runs of sqlite3 and python3.

SPDX-License-Identifier: BSD-3-Clause
"""

import argparse
import ctypes.util
import json
import os
import pathlib
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

LIBRARIES = {"libc": None, "jemalloc": "libjemalloc.so.2", "tcmalloc": "libtcmalloc.so.4",
             "tcmalloc_minimal": "libtcmalloc_minimal.so.4", "mimalloc": "libmimalloc.so.2"}
SQL = """CREATE TABLE t(a INTEGER PRIMARY KEY, b, c);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < @ROWS@)
INSERT INTO t SELECT i, i * 2654435761 % 1000003, printf('%d text %d', i, i * 7919) FROM n;
CREATE INDEX t_b ON t(b); CREATE INDEX t_c ON t(c);
SELECT count(*), sum(b) FROM t WHERE c LIKE '%7%'; SELECT c FROM t ORDER BY b, c LIMIT 10;
DELETE FROM t WHERE b % 3 = 0; SELECT count(DISTINCT b) FROM t;"""
PYTHON = """
for turn in range(4):
    words = {str(i): [i, str(i * 7919)] for i in range(@ROWS@)}
    kept = {k: v for k, v in words.items() if v[0] % 3}
    text = ' '.join(sorted(kept, key=lambda k: kept[k][1]))
    assert len(text.split()) == len(kept)
"""


def cpu_of(command, env):
    """User and system seconds of one run."""
    with subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"macro: {command[0]} failed with {process.returncode}")
    return usage.ru_utime + usage.ru_stime


def instructions_of(command, env):
    done = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *command],
                          env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    found = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode or not found:
        sys.exit(f"macro: {command[0]} failed under callgrind with {done.returncode}")
    return int(found[1])


def sqlite3(env, counted):
    command = ["sqlite3", ":memory:", SQL.replace("@ROWS@", "20000" if counted else "300000")]
    return (instructions_of if counted else cpu_of)(command, env)


def python3(env, counted):
    command = ["/usr/bin/python3", "-c", PYTHON.replace("@ROWS@", "5000" if counted else "200000")]
    return (instructions_of if counted else cpu_of)(command, env | {"PYTHONMALLOC": "malloc", "PYTHONHASHSEED": "1"})


def redis(env, _):
    with tempfile.TemporaryDirectory() as directory:
        path = directory + "/socket"
        with subprocess.Popen(["redis-server", "--port", "0", "--unixsocket", path, "--save", "",
                               "--dir", directory], env=env, stdout=subprocess.DEVNULL) as server:
            for _ in range(500):
                if os.path.exists(path):
                    break
                time.sleep(0.01)
            subprocess.run(["redis-benchmark", "-s", path, "-n", "150000", "-P", "16", "-q", "-r",
                            "100000", "-d", "100", "-t", "set,get,incr,lpush,sadd,hset,spop,zadd"],
                           stdout=subprocess.DEVNULL, check=True)
            fields = pathlib.Path(f"/proc/{server.pid}/stat").read_text().rpartition(")")[2].split()
            server.terminate()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


PROGRAMS = {"sqlite3": sqlite3, "python3": python3, "redis-server": redis}


def ways(preload):
    """{(backend, is_ours): environment}"""
    plain = {k: v for k, v in os.environ.items() if k not in ("LD_PRELOAD", "MALLOC_PERTURB_")}
    found = {}
    for backend, library in LIBRARIES.items():
        if library and not ctypes.util.find_library(library[3:].partition(".so")[0]):
            print(f"without {backend}: {library} is not installed")
            continue
        found[backend, False] = plain | ({"LD_PRELOAD": library} if library else {})
        found[backend, True] = plain | {"LD_PRELOAD": preload, "ZMALLOC_BACKEND": backend}
    return found


def main():
    parser = argparse.ArgumentParser(description="what accounting costs whole programs")
    parser.add_argument("--instructions", action="store_true", help="count them, in one block")
    parser.add_argument("--blocks", type=int, default=11)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", metavar="FILE", help="append the samples to FILE")
    parser.add_argument("preload", metavar="PRELOAD-LIBRARY")
    options = parser.parse_args()
    if options.blocks < 1 or not os.access(options.preload, os.R_OK):
        parser.error("at least one block, and a library that can be read")

    generator = random.Random(options.seed)
    environments = ways(os.path.realpath(options.preload))
    unit, scale, what = "s", 1, f"CPU time under zmalloc by that under the allocator alone; {options.blocks} blocks"
    if options.instructions:
        options.blocks, unit, scale, what = 1, "M", 1e6, "instructions under zmalloc by those under the allocator alone"
    print(f"{what}, seed {options.seed}\n\n{'program':14}{'allocator':18}{'alone':>9}{'ratio':>8}"
          f"{'least':>8}{'most':>8}")
    for name, program in PROGRAMS.items():
        if not shutil.which(name):
            print(f"{name:14}not installed")
            continue
        if options.instructions and program == redis:
            continue
        samples = {way: [] for way in environments}
        for _ in range(options.blocks):
            order = list(environments)
            generator.shuffle(order)
            for way in order:
                samples[way].append(program(environments[way], options.instructions))
        for backend in LIBRARIES:
            if (backend, False) not in samples:
                continue
            alone, ours = samples[backend, False], samples[backend, True]
            ratios = [b / a for a, b in zip(alone, ours)]
            print(f"{name:14}{backend:18}{statistics.median(alone) / scale:7.3f} {unit}"
                  f"{statistics.median(ratios):8.3f}{min(ratios):8.3f}{max(ratios):8.3f}",
                  flush=True)
            if options.json:
                with open(options.json, "a", encoding="utf-8") as file:
                    json.dump({"format": 1, "kind": "macro", "workload": name, "backend": backend,
                               "unit": "instructions" if options.instructions else "cpu_s",
                               "alone": alone, "ours": ours}, file)
                    file.write("\n")


if __name__ == "__main__":
    main()
