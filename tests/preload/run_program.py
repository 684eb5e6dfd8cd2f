#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Runs one of programs/*.sh without and with the preload library, and compares.

usage: run_program.py LIBRARY BACKEND SCRIPT

Output and exit status must be the same, and every program that the script's `# needs:` line names
must have left a report of its own: otherwise it ran without the library. Exit status 77 (skipped)
where one of them is not installed.
"""
import difflib
import json
import os
import shutil
import subprocess
import sys
import tempfile

SECONDS = 240
# The distribution's programs, not somebody's wrappers in front of them.
PATH = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"


def needs(script):
    with open(script, encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("# needs:"):
                return line.split(":", 1)[1].split()
    sys.exit(f"{script}: no '# needs:' line")


def run(script, extra):
    """The script's (status, stdout, stderr), run in a directory of its own."""
    with tempfile.TemporaryDirectory() as directory:
        environment = {
            "PATH": PATH,
            "HOME": directory,
            "TMPDIR": directory,
            "LC_ALL": "C",
            **extra,
        }
        done = subprocess.run(["/bin/sh", "-eu", script], cwd=directory, env=environment,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS,
                              check=False)
        # The one thing that differs by design.
        texts = (out.decode(errors="replace").replace(directory, "DIRECTORY")
                 for out in (done.stdout, done.stderr))
        return (done.returncode, *texts)


def compare(plain, loaded):
    """What differs, as lines."""
    said = []
    if plain[0] != loaded[0]:
        said.append(f"exit status {loaded[0]}, without the library {plain[0]}")
    for name, before, after in zip(("stdout", "stderr"), plain[1:], loaded[1:]):
        said += difflib.unified_diff(before.splitlines(), after.splitlines(),
                                     f"{name} without", f"{name} with", lineterm="")
    return said


def check_reports(path, backend, wanted):
    """What is wrong with the reports, as lines."""
    said = []
    reported = set()
    with open(path, encoding="ascii") as lines:
        for line in lines:
            report = json.loads(line)
            if report["backend"] != backend:
                said.append(f"not by {backend}: {line.strip()}")
            if not report["used_bytes"] <= report["peak_bytes"] <= report["allocated_bytes"]:
                said.append(f"not used <= peak <= allocated: {line.strip()}")
            if report["allocs"] > 0:
                reported.add(report["command"])
    return said + [f"{name} left no report" for name in wanted
                   if os.path.basename(name) not in reported]


def main():
    library, backend, script = sys.argv[1:]
    wanted = needs(script)
    absent = [name for name in wanted if not shutil.which(name, path=PATH)]
    if absent:
        print(f"not installed: {', '.join(absent)}")
        return 77
    plain = run(script, {})
    if plain[0] != 0:
        print("fails without the library too:", *plain)
        return 1
    with tempfile.TemporaryDirectory() as directory:
        stats = os.path.join(directory, "stats")
        loaded = run(script, {"LD_PRELOAD": library, "ZMALLOC_BACKEND": backend,
                              "ZMALLOC_STATS": stats})
        said = compare(plain, loaded)
        said += check_reports(stats, backend, wanted) if os.path.exists(stats) else ["no report"]
    print(*said, sep="\n")
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main())
