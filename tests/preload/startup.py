#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What the preload library adds to a program's start.

usage: startup.py memory LIBRARY BACKENDS PROGRAM   private dirty memory, a test: at most 1 MiB more
                                                    for all but the two tcmallocs, and beside the
                                                    huge pages that mimalloc asks for since 2.1
       startup.py time LIBRARY BACKENDS PROGRAM     wall time, only printed
"""
import os
import random
import statistics
import subprocess
import sys
import time

MIB = 1 << 20
BLOCKS = 101


def environment(library, backend):
    plain = {"PATH": os.environ["PATH"], "LC_ALL": "C", "MIMALLOC_ALLOW_THP": "0"}
    return plain | ({"LD_PRELOAD": library, "ZMALLOC_BACKEND": backend} if backend else {})


def memory(library, backends, program):
    def private_dirty(backend):
        done = subprocess.run([program], env=environment(library, backend), stdout=subprocess.PIPE,
                              check=False)
        if done.returncode:
            sys.exit(done.returncode)
        return int(done.stdout)

    without = statistics.median(private_dirty(None) for _ in range(5))
    print(f"{'none':<18}{without / 1024:9.0f} KiB")
    failed = False
    for backend in backends:
        added = statistics.median(private_dirty(backend) for _ in range(5)) - without
        bad = added > MIB and not backend.startswith("tcmalloc")
        print(f"{backend:<18}{added / 1024:+9.0f} KiB{'  too much' if bad else ''}")
        failed |= bad
    return failed


def seconds(program, env):
    start = time.perf_counter()
    pid = os.posix_spawn(program, [program], env)
    _, status = os.waitpid(pid, 0)
    taken = time.perf_counter() - start
    if status:
        sys.exit(f"{program}: status {status}")
    return taken


def wall(library, backends, program):
    times = {backend: [] for backend in [None, *backends]}
    for _ in range(BLOCKS):  # shuffled blocks: what else goes on meets all alike
        for backend in random.sample(list(times), len(times)):
            times[backend].append(seconds(program, environment(library, backend)))
    without = statistics.median(times[None])
    for backend, taken in times.items():
        median, least, most = statistics.median(taken), min(taken), max(taken)
        print(f"{backend or 'none':<18}{median * 1e3:8.3f} ms  {(median - without) * 1e3:+8.3f} ms"
              f"  ({least * 1e3:.3f} to {most * 1e3:.3f})")
    return False


if __name__ == "__main__":
    what, lib, names, exe = sys.argv[1:]
    sys.exit({"memory": memory, "time": wall}[what](lib, names.split(","), exe))
