#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Backends from outside under real programs, in a comparison, and those that are refused.

usage: test_outside.py ZMALLOC LIBRARY MODULE DIRECTORY   (DIRECTORY: of the bad ones)
"""
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

import where

ZMALLOC, LIBRARY, MODULE, DIRECTORY = sys.argv[1:]
ENV = {k: v for k, v in os.environ.items()
       if not k.startswith(("ZMALLOC", "GLIBC_TUNABLES", "LD_PRELOAD", "MALLOC_"))}
ENV["ZMALLOC_PRELOAD"] = LIBRARY
TRUE = "/bin/true"
WORK = ["/bin/sh", "-c", "x=; for i in 1 2 3 4 5 6 7 8 9; do x=$x$x$i; done; echo ${#x}"]


def run(*words, **env):
    return subprocess.run(words, text=True, capture_output=True, timeout=120, check=False,
                          env=ENV | env, cwd=DIRECTORY,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0)))


def here():
    """The backends from outside that can be had: name by value of ZMALLOC_BACKEND."""
    found = {MODULE: "mine", f"lib:{DIRECTORY}/libplain.so": "lib:libplain.so"}
    for name in where.PACKAGES:
        library = where.library(name)
        if library:
            found[library] = "lib:" + os.path.basename(library.removeprefix("lib:"))
    return found


class Outside(unittest.TestCase):
    def test_programs(self):
        programs = [(WORK, "511\n")]
        if shutil.which("sqlite3"):
            programs.append((["sqlite3", ":memory:", "create table t as with recursive n(i) as (select"
                              " 1 union all select i+1 from n where i<5000) select i, hex(i) h from n;"
                              " select count(distinct h) from t"], "5000\n"))
        programs.append(([sys.executable, "-c",
                          "import threading\n"
                          "def f(): d = {i: [i] * 9 for i in range(3000)}\n"
                          "t = [threading.Thread(target=f) for _ in range(4)]\n"
                          "[x.start() for x in t]; [x.join() for x in t]; print(1)"], "1\n"))
        for backend, name in here().items():
            for program, said in programs:
                with self.subTest(f"{backend} {program[0]}"), tempfile.TemporaryDirectory() as d:
                    done = run(ZMALLOC, "run", "-b", backend, f"--stats={d}/stats", "--", *program)
                    self.assertEqual((done.returncode, done.stdout, done.stderr), (0, said, ""))
                    with open(f"{d}/stats", encoding="ascii") as file:
                        report = json.loads(file.readline())
                    self.assertEqual(report["backend"], name)
                    self.assertEqual(report["choice"], backend)
                    self.assertGreater(report["allocs"], 20)
                    self.assertLessEqual(report["used_bytes"], report["peak_bytes"])

    def test_under_wraps(self):
        for backend in here():
            done = run(ZMALLOC, "run", "-b", backend, "--wrap=guard,count:to=/dev/null", "--", *WORK)
            self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "511\n", ""), backend)

    def test_compare(self):
        backends = list(here())
        arms = [f"--with={b}" for b in backends] + ["--with=libc,slow:ns=10"]
        with tempfile.TemporaryDirectory() as d:
            done = run(ZMALLOC, "compare", "-b", "libc", "-n", "2", f"--json={d}/json", *arms, "--",
                       *WORK)
            self.assertEqual(done.returncode, 0, done.stderr)
            with open(f"{d}/json", encoding="utf-8") as file:
                lines = [json.loads(line) for line in file]
        rows = {line["backend"] for line in lines if "row" in line}
        self.assertEqual(rows, set(backends) | {"libc"})
        self.assertIn("libc,slow:ns=10", done.stdout)
        self.assertIn("libplain.so", done.stdout)

    def test_paths_in_bench(self):
        """The same library by its path, and by a link to it under another name."""
        name = next((b for b in here() if re.fullmatch(r"lib:[^/]+", b)), None)
        if not name:
            self.skipTest("no library of another package that the loader finds by name")
        said = subprocess.run(["/sbin/ldconfig", "-p"], text=True, capture_output=True, check=False).stdout
        path = re.search(rf"\t{re.escape(name[4:])} .*=> (\S+)", said)[1]
        with tempfile.TemporaryDirectory() as d:
            os.symlink(path, f"{d}/libmine.so")
            for backend in f"lib:{path}", f"lib:{d}/libmine.so":
                done = run(ZMALLOC, "bench", "-n", "1", "-w", "larson:operations=1000:handovers=1", "-b", "libc", f"--with={backend}",
                           f"--json={d}/json")
                self.assertEqual(done.returncode, 0, done.stderr)
                with open(f"{d}/json", encoding="utf-8") as file:
                    samples = [json.loads(line) for line in file]
                self.assertEqual({s["ok"] for s in samples if s.get("backend") == f"lib:{os.path.realpath(path)}"},
                                 {True}, samples)
                os.unlink(f"{d}/json")

    def test_names_in_a_list(self):
        """Rows are told apart by the file's name alone, so it must not be there twice."""
        relative = os.path.join("..", os.path.basename(DIRECTORY), os.path.basename(MODULE))
        done = run(ZMALLOC, "compare", "-n", "1", "-b", f"libc,{MODULE}", "--", *WORK)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, rf"(?m)^{os.path.basename(MODULE)} +\d")
        with tempfile.TemporaryDirectory() as d:
            copy = shutil.copy(MODULE, d)
            for twice, why in (relative, "is listed twice"), (copy, f"'{os.path.basename(MODULE)}' is there twice"):
                done = run(ZMALLOC, "compare", "-n", "1", "-b", f"libc,{MODULE},{twice}", "--", *WORK)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertIn(why, done.stderr)

    def test_relative_names(self):
        for module in "./" + os.path.basename(MODULE), os.path.join("..", os.path.basename(
                DIRECTORY), os.path.basename(MODULE)):
            self.assertEqual(run(ZMALLOC, "run", "-b", module, "--", "/bin/sh", "-c",
                                 "cd /; /bin/true").returncode, 0)
            self.assertEqual(run(TRUE, LD_PRELOAD=LIBRARY, ZMALLOC_BACKEND=module).returncode, 0)

    def refused(self, backend, why):
        done = run(TRUE, LD_PRELOAD=LIBRARY, ZMALLOC_BACKEND=backend)
        self.assertEqual(done.returncode, -signal.SIGABRT, backend)
        self.assertRegex(done.stderr, f"^zmalloc: ZMALLOC_BACKEND={backend}: {why}.*\n$")
        self.assertEqual(done.stderr.count("\n"), 1)

    def test_refused(self):
        self.refused("./nosuch.so", ".*cannot open shared object file: No such file or directory")
        self.refused("nosuch.so", ".*cannot open shared object file")
        self.refused("lib:libnosuch.so.1", ".*cannot open shared object file")
        self.refused("lib:", "no library is named")
        self.refused("/etc/passwd", ".*invalid ELF header|.*file too short")
        self.refused("lib:libm.so.6", "the library has no malloc of its own")
        self.refused("lib:libc.so.6", "the library has no malloc of its own")
        self.refused("./libplain.so", "it exports no zmalloc_module; .* write lib: before the name")
        self.refused("lib:./libnoaligned.so",
                     "the library has malloc, but no posix_memalign, memalign or aligned_alloc")
        self.refused("./libother_abi.so", "the module has ABI 2, this library 1")
        self.refused("./libsmall.so", "the module's struct_size is 4, not at least ")
        self.refused("./libno_resize.so", "the module lacks resize")
        done = run(TRUE, LD_PRELOAD=LIBRARY, ZMALLOC_BACKEND="./libno_start.so")
        self.assertEqual(done.stderr, "zmalloc: backend mine can't start: Cannot allocate memory\n")

    def test_refused_by_the_command(self):
        for words in (["run", "-b", "./nosuch.so", TRUE], ["compare", "--with=./nosuch.so", TRUE]):
            done = run(ZMALLOC, *words)
            self.assertEqual(done.returncode, 127)
            self.assertIn("./nosuch.so': No such file or directory", done.stderr)
        done = run(ZMALLOC, "compare", "--with=libc,nosuch", TRUE)
        self.assertEqual(done.returncode, 2)
        self.assertIn("no wrap 'nosuch'", done.stderr)

    def test_static_tls_is_told(self):
        if not where.library("jemalloc"):
            self.skipTest(f"not installed: {where.PACKAGES['jemalloc']}")
        self.refused("lib:libjemalloc.so.2", ".*static TLS block; it needs thread-local storage that "
                     "is reserved when a process starts: with glibc set "
                     "GLIBC_TUNABLES=glibc.rtld.optional_static_tls=65536")


if __name__ == "__main__":
    for package in where.PACKAGES:
        if not where.library(package):
            print(f"not installed, not tried: {where.PACKAGES[package]}")
    unittest.main(argv=sys.argv[:1])
