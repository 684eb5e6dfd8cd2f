#!/usr/bin/env python3
"""Fails if zmalloc and zfree take more instructions than recorded, and proves that it would.

usage: guard.py [--record] HOTPATH LOOKUP-LIBRARY RECORDED COMPILER BACKEND

HOTPATH runs under callgrind twice: as it is, and with LOOKUP-LIBRARY preloaded, whose zmalloc asks
for the block's size once more; that run must be refused. --record writes the first run's figures to
the file RECORDED, under COMPILER.

SPDX-License-Identifier: BSD-3-Clause
"""

import argparse
import json
import os
import pathlib
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bench/studies"))
import callgrind  # pylint: disable=wrong-import-position

COUNT = 1000
SIZES = ["16", "100"]
LIMIT = 1.03
SKIP = 77


def measure(hotpath, backend, preload=None):
    """The library's name for the backend, and instructions per pair by size."""
    # No MALLOC_PERTURB_, which meson test sets, and no tuning, but for jemalloc's look at its caches,
    # of which 5.3.1 makes more or less as time goes by.
    env = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "TMPDIR")
           if name in os.environ}
    env["ZMALLOC_BACKEND"] = backend
    env["MALLOC_CONF"] = "tcache_gc_incr_bytes:1073741824"
    if preload:
        env["LD_PRELOAD"] = preload
    out, calls = callgrind.counts([hotpath, str(COUNT), *SIZES], "zm_hotpath", env)
    if len(calls) != len(SIZES):
        raise callgrind.Failed(f"{len(calls)} calls counted, not {len(SIZES)}")
    pairs = [sum(n for name, n in own.items() if name != "zm_hotpath") / COUNT for own in calls]
    return out.strip(), dict(zip(SIZES, pairs))


def too_many(figure, recorded):
    return figure > recorded * LIMIT


def record(path, compiler, library, figures):
    table = json.loads(path.read_text()) if path.exists() else {}
    table.setdefault(compiler, {})[library] = {size: round(n, 1) for size, n in figures.items()}
    path.write_text(json.dumps(table, indent=2, sort_keys=True) + "\n")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--record", action="store_true")
    parser.add_argument("hotpath")
    parser.add_argument("lookup")
    parser.add_argument("recorded", type=pathlib.Path)
    parser.add_argument("compiler")
    parser.add_argument("backend")
    options = parser.parse_args()
    if not shutil.which("valgrind"):
        print("skipped: valgrind is not installed")
        return SKIP

    library, figures = measure(options.hotpath, options.backend)
    looked_up = measure(options.hotpath, options.backend, options.lookup)[1]
    if options.record:
        record(options.recorded, options.compiler, library, figures)
    recorded = json.loads(options.recorded.read_text()).get(options.compiler, {}).get(library)

    status = 0
    for size in SIZES:
        known = recorded[size] if recorded else figures[size]
        print(f"{library}, {size} bytes: {figures[size]:.1f} instructions per pair, "
              f"{'recorded ' + str(known) if recorded else 'none recorded'}; "
              f"with a lookup added {looked_up[size]:.1f}")
        if too_many(figures[size], known):
            print(f"FAILED: more than {LIMIT} times what is recorded for {options.compiler}")
            status = 1
        if not too_many(looked_up[size], known):
            print("FAILED: an added lookup would go unnoticed (fewer than recorded? --record)")
            status = 1
    if status == 0 and not recorded:
        print(f"skipped: nothing is recorded for {library} and {options.compiler}")
        return SKIP
    return status


if __name__ == "__main__":
    sys.exit(main())
