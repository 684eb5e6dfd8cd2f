#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Runs a script of programs without and with the preload library, and compares.

usage: run_program.py LIBRARY BACKEND SCRIPT

Output and exit status must be the same, and what ends by exit must have left one line of JSON. What
the script says about itself in its comments:

  # needs: NAME...            the programs; each must have left a report, or it ran without the library
  # reports: NAME COUNT...    where more than one process of that name must have left one
  # as: USER                  who runs it, where root would: servers that refuse to be root's

Exit status 77 (skipped) where a program is not installed. No process outlives this one.
"""
import collections
import ctypes
import difflib
import glob
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time

SECONDS = 120
# The distribution's programs, not somebody's wrappers in front of them.
PATH = ":".join([*sorted(glob.glob("/usr/lib/postgresql/*/bin"), reverse=True),
                 "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"])
PR_SET_CHILD_SUBREAPER = 36


class Script:
    def __init__(self, path):
        self.path = path
        said = {}
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                key, colon, words = line.removeprefix("# ").partition(":")
                if line.startswith("# ") and colon:
                    said[key] = words.split()
        if "needs" not in said:
            sys.exit(f"{path}: no '# needs:' line")
        self.needs = said["needs"]
        self.reports = {os.path.basename(name): 1 for name in self.needs}
        counts = iter(said.get("reports", []))
        self.reports.update((name, int(count)) for name, count in zip(counts, counts))
        self.account = pwd.getpwnam(said["as"][0]) if "as" in said and os.getuid() == 0 else None

    def give(self, path):
        """To the account that runs the script."""
        if self.account:
            os.chown(path, self.account.pw_uid, self.account.pw_gid)

    def start(self, **how):
        if self.account:
            how.update(user=self.account.pw_uid, group=self.account.pw_gid, extra_groups=[])
        return subprocess.Popen(["/bin/sh", "-eu", self.path], stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, **how)


def children():
    """Daemons too: what loses its parent becomes ours."""
    with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as pids:
        return [int(pid) for pid in pids.read().split()]


def name_of(pid):
    try:
        with open(f"/proc/{pid}/comm", encoding="utf-8") as name:
            return name.read().strip()
    except OSError:
        return "?"


def wait_for_children(seconds):
    """What takes longer is ended, and its names returned."""
    late = set()
    end = time.monotonic() + seconds
    while True:
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return sorted(late)
        if time.monotonic() > end:
            for pid in children():
                late.add(name_of(pid))
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.01)


def run(script, extra):
    """The script's (status, stdout, stderr), run in a directory of its own."""
    with tempfile.TemporaryDirectory() as directory:
        script.give(directory)
        environment = {
            "PATH": PATH,
            "HOME": directory,
            "TMPDIR": directory,
            "LC_ALL": "C",
            **extra,
        }
        with script.start(cwd=directory, env=environment) as process:
            try:
                texts = process.communicate(timeout=SECONDS)
                status = process.returncode
                late = wait_for_children(20)
            except subprocess.TimeoutExpired:
                status = f"none within {SECONDS} s"
                late = wait_for_children(0)
                texts = process.communicate()
            finally:
                wait_for_children(0)
        if late:
            status = f"{status}; ended by force: {', '.join(late)}"
        # The one thing that differs by design.
        return (status, *(text.decode(errors="replace").replace(directory, "DIRECTORY")
                          for text in texts))


def compare(plain, loaded):
    """What differs, as lines."""
    said = []
    if plain[0] != loaded[0]:
        said.append(f"exit status {loaded[0]}, without the library {plain[0]}")
    for name, before, after in zip(("stdout", "stderr"), plain[1:], loaded[1:]):
        said += difflib.unified_diff(before.splitlines(), after.splitlines(),
                                     f"{name} without", f"{name} with", lineterm="")
    return said


def check_report(line, pid, backend):
    """The report, or raises ValueError."""
    report = json.loads(line)
    if report["pid"] != pid:
        raise ValueError(f"not of process {pid}")
    if report["backend"] != backend:
        raise ValueError(f"not by {backend}")
    if not report["used_bytes"] <= report["peak_bytes"] <= report["allocated_bytes"]:
        raise ValueError("not used <= peak <= allocated")
    return report


def check_reports(directory, backend, wanted):
    """What is wrong with the reports, as lines. One file a process: empty if it was killed. Where many processes
    come and go, a number may be given again: then to a child of another parent."""
    said = []
    reported = collections.Counter()
    for name in os.listdir(directory):
        with open(os.path.join(directory, name), encoding="ascii") as file:
            text = file.read()
        try:
            if text and not text.endswith("\n"):
                raise ValueError("not whole lines")
            parents = set()
            for line in text.splitlines():
                report = check_report(line, int(name), backend)
                reported[report["command"]] += report["allocs"] > 0
                if report["ppid"] in parents:
                    raise ValueError("two lines")
                parents.add(report["ppid"])
        except ValueError as error:
            said.append(f"process {name}: {error}: {text.strip()}")
    return said + [f"{reported[name]} reports of {name}, not {count}"
                   for name, count in wanted.items() if reported[name] < count]


def main():
    library, backend, path = sys.argv[1:]
    script = Script(path)
    absent = [name for name in script.needs if not shutil.which(name, path=PATH)]
    if absent:
        print(f"not installed: {', '.join(absent)}")
        return 77
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended before its time"))
    plain = run(script, {})
    if plain[0] != 0:
        print("fails without the library too:", *plain)
        return 1
    with tempfile.TemporaryDirectory() as directory:
        if script.account:
            # Which may not be allowed to look into the build directory.
            library = shutil.copy(library, directory)
            os.chmod(directory, 0o755)
        reports = os.path.join(directory, "reports")
        os.mkdir(reports)
        script.give(reports)
        loaded = run(script, {"LD_PRELOAD": library, "ZMALLOC_BACKEND": backend,
                              "ZMALLOC_STATS": f"{reports}/%p"})
        said = compare(plain, loaded) + check_reports(reports, backend, script.reports)
    print(*said, sep="\n")
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main())
