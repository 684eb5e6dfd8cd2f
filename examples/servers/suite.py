"""The server's own tests.

SPDX-License-Identifier: BSD-3-Clause
"""
import json
import os
import re
import shutil
import subprocess
import zlib
from concurrent.futures import ThreadPoolExecutor

from servers.making import sides

UNITS = ["unit/type/string", "unit/type/incr", "unit/type/list", "unit/type/list-2", "unit/type/list-3",
         "unit/type/set", "unit/type/zset", "unit/type/hash", "unit/type/stream", "unit/type/stream-cgroups",
         "unit/other", "unit/info", "unit/introspection", "unit/introspection-2", "unit/maxmemory",
         "unit/memefficiency", "unit/lazyfree", "unit/scripting", "unit/functions", "unit/moduleapi/defrag",
         "unit/moduleapi/datatype", "integration/rdb", "integration/aof", "integration/replication",
         "integration/corrupt-dump"]


def lay(args, name, backend):
    """A tree for one run of tests: they write into it, and several go at a time."""
    built, tree = args.work / name, args.work / f"tests-{name}-{backend}"
    shutil.rmtree(tree, ignore_errors=True)
    shutil.copytree(built / "tests", tree / "tests", symlinks=True, ignore=shutil.ignore_patterns("tmp"))
    (tree / "tests/tmp").mkdir()
    for path in built.iterdir():
        if path.name != "tests":
            (tree / path.name).symlink_to(path)
    return tree


def test(tree, backend, unit, port, no_latency=False):
    """(passed, the failed with their reasons)"""
    result = subprocess.run(
        ["./runtest", "--single", unit, "--clients", "1", "--dump-logs", "--baseport", str(port), "--portcount", "360",
         *(["--no-latency"] if no_latency else [])],
        cwd=tree, env={**os.environ, "ZMALLOC_BACKEND": backend}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, errors="replace", check=False)
    text = re.sub(r"\x1b\[[0-9;]*m", "", result.stdout)
    passed = len(re.findall(r"^\[ok\]", text, re.M))
    failed = sorted(set(re.findall(r"^\[(?:err|exception)\]: (.*)", text, re.M)))
    if failed or not passed or result.returncode:
        (tree / (unit.replace("/", "-") + ".log")).write_text(text)
    if not failed and (result.returncode or "All tests passed" not in text): # which may be none, without defragmentation
        failed = [f"status {result.returncode} after {passed} tests: {text.strip()[-300:]}"]
    return passed, failed


def suite(args):
    """Each side at a time of its own, `--jobs` of them at once. Ports are a side's own, and a work directory's as far
    as there are enough: the ones for cluster buses are 10,000 above."""
    wanted = [word for word in args.rest if "/" not in word]
    units = [word for word in args.rest if "/" in word] or UNITS
    first_port = 20100 + 2400 * (zlib.crc32(str(args.work).encode()) % 4)

    def side(number, name, backend):
        tree = lay(args, name, backend)
        for unit in units:
            if not (tree / f"tests/{unit}.tcl").exists():
                print(f"{unit:26} not in this version", flush=True)
                continue
            passed, failed = test(tree, backend, unit, first_port + 400 * number, args.no_latency)
            row = {"side": name, "backend": backend, "unit": unit, "passed": passed, "failed": failed}
            with (args.work / "suite.jsonl").open("a") as file:
                file.write(json.dumps(row) + "\n")
            print(f"{unit:26} {name:5} {backend:17} {passed:5} passed, {len(failed)} failed", *failed,
                  sep="\n    " if failed else "", flush=True)

    for name in "stock", "ours":
        if any("moduleapi" in unit for unit in units): # of all of them: one that can't be built is missed by its own tests
            subprocess.run(["make", "-k", "-C", args.work / name / "tests/modules"], stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, check=False)
    with ThreadPoolExecutor(args.jobs) as pool:
        runs = [pool.submit(side, number, *which) for number, which in enumerate(sides(args, wanted))]
    for done in runs:
        done.result()


def tested(args):
    """The last result of each unit and side in suite.jsonl, as a table."""
    rows = [json.loads(line) for line in (args.work / "suite.jsonl").read_text().splitlines()]
    last = {(row["unit"], row["side"], row["backend"]): row for row in rows}
    columns = list(dict.fromkeys((row["side"], row["backend"]) for row in rows))
    print("| |", " | ".join(side if side == "stock" else backend for side, backend in columns), "|")
    print("|---|" + "---|" * len(columns))
    sums = {column: [0, 0] for column in columns}
    for unit in dict.fromkeys(row["unit"] for row in rows):
        cells = []
        for column in columns:
            row = last.get((unit, *column))
            cells.append(f"{row['passed']}" + (f", {len(row['failed'])} failed" if row["failed"] else "") if row else "")
            if row:
                sums[column][0] += row["passed"]
                sums[column][1] += len(row["failed"])
        print(f"| `{unit}` |", " | ".join(cells), "|")
    print("| all |", " | ".join(f"{passed}, {failed} failed" for passed, failed in sums.values()), "|")
