#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""ZMALLOC_STATS and ZMALLOC_BACKEND under the preload library.

usage: test_stats.py LIBRARY BACKEND BACKENDS ACTS   (BACKENDS: all that are built, by commas)
"""
import json
import os
import signal
import subprocess
import sys
import tempfile
import unittest

LIBRARY, BACKEND, BACKENDS, ACTS = sys.argv[1:]
STATUS, BLOCKS, SIZE = 7, 1000, 1000  # as in acts.c
KEYS = {"pid": int, "backend": str, "version": str, "used_bytes": int, "peak_bytes": int,
        "allocated_bytes": int, "freed_bytes": int, "allocs": int, "frees": int,
        "rss_bytes": int, "vmhwm_bytes": int}
SUMS = "allocated_bytes", "freed_bytes", "allocs", "frees"


class Stats(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = directory.name

    def path(self, name):
        return os.path.join(self.directory, name)

    def act(self, *words, stats, status=STATUS, backend=BACKEND, shell=None):
        """Runs an act; returns its stderr."""
        # Under nohup a program is started with it ignored.
        self.addCleanup(signal.signal, signal.SIGHUP, signal.signal(signal.SIGHUP, signal.SIG_DFL))
        environment = {"LD_PRELOAD": LIBRARY, "ZMALLOC_BACKEND": backend, "ZMALLOC_STATS": stats,
                       "PATH": os.environ["PATH"]}
        command = [ACTS, *words]
        if shell:  # "$@" is the command
            environment = {"PATH": os.environ["PATH"]} | {"SET": " ".join(
                f"{name}='{value}'" for name, value in environment.items() if name != "PATH")}
            command = ["/bin/sh", "-c", shell, "sh", *command]
        done = subprocess.run(command, env=environment, cwd=self.directory, text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=60,
                              check=False)
        self.assertEqual((done.returncode, done.stdout), (status, ""), done.stderr)
        return done.stderr

    def parse(self, text, count=1):
        """The reports in a text that holds nothing else."""
        lines = text.splitlines(keepends=True)
        self.assertEqual(len(lines), count, text)
        reports = []
        for line in lines:
            self.assertTrue(line.endswith("}\n"), line)
            report = json.loads(line)
            for key, kind in KEYS.items():
                self.assertIsInstance(report[key], kind, key)
            self.assertEqual(report["backend"], BACKEND)
            self.assertEqual(report["command"], os.path.basename(ACTS))
            self.assertTrue(report["version"])
            self.assertEqual(report["used_bytes"],
                             report["allocated_bytes"] - report["freed_bytes"])
            self.assertLessEqual(report["used_bytes"], report["peak_bytes"])
            self.assertLessEqual(report["peak_bytes"], report["allocated_bytes"])
            self.assertLessEqual(report["frees"], report["allocs"])
            self.assertLessEqual(0, report["rss_bytes"])
            self.assertLessEqual(report["rss_bytes"], report["vmhwm_bytes"])
            reports.append(report)
        return reports

    def read(self, name="stats", count=1):
        with open(self.path(name), encoding="ascii") as file:
            return self.parse(file.read(), count)

    def assert_one_act(self, report):
        """The figures are those of allocate(), and some of libc's own."""
        own = {key: report[key] - report[f"inherited_{key}"] for key in SUMS}
        half = BLOCKS // 2
        self.assertTrue(BLOCKS <= own["allocs"] < BLOCKS + 50, own)
        self.assertTrue(half <= own["frees"] < half + 50, own)
        self.assertTrue(BLOCKS * SIZE <= own["allocated_bytes"] < 1.5 * BLOCKS * SIZE, own)
        self.assertTrue(half * SIZE <= own["freed_bytes"] < 1.5 * half * SIZE, own)

    # ---- where it goes ----

    def test_stderr(self):
        report, = self.parse(self.act("allocate", stats="stderr"))
        self.assert_one_act(report)

    def test_stderr_after_the_program_has_closed_it(self):
        self.parse(self.act("close-stderr", stats="stderr"))

    def test_file(self):
        self.assertEqual(self.act("allocate", stats=self.path("stats")), "")
        report, = self.read()
        self.assert_one_act(report)
        self.assertEqual(os.stat(self.path("stats")).st_mode & 0o077 & ~0o044, 0)

    def test_file_is_appended_to(self):
        for _ in range(3):
            self.act("allocate", stats=self.path("stats"))
        self.assertEqual(len({report["pid"] for report in self.read(count=3)}), 3)

    def test_percent_p_is_the_pid(self):
        self.act("fork", stats=self.path("%p.a-%p"))
        names = os.listdir(self.directory)
        self.assertEqual(len(names), 4, names)
        for name in names:
            report, = self.read(name)
            self.assertEqual(name, "{0}.a-{0}".format(report["pid"]))

    def test_relative_file_of_a_program_that_goes_elsewhere(self):
        os.mkdir(self.path("elsewhere"))
        self.act("chdir", "elsewhere", stats="stats")
        self.assertEqual(os.listdir(self.path("elsewhere")), [])
        self.read()

    def test_environment_cleared_by_the_program(self):
        self.act("clearenv", stats=self.path("stats"))
        self.read()

    def test_none_where_none_is_wanted(self):
        self.assertEqual(self.act("allocate", stats=""), "")
        self.assertEqual(os.listdir(self.directory), [])

    # ---- where it can't go: one line says why, the figures are on stderr, the status stays ----

    def assert_refused(self, stats, why, name=None):
        first, rest = self.act("allocate", stats=stats).split("\n", 1)
        self.assertEqual(first, f"zmalloc: ZMALLOC_STATS: can't write {name or stats}: {why}; "
                                "the figures follow")
        self.parse(rest)

    def test_no_such_directory(self):
        self.assert_refused("/nonexistent/stats", "No such file or directory")

    def test_a_directory(self):
        self.assert_refused(self.directory, "Is a directory")

    def test_relative_name_is_told_whole(self):
        self.assert_refused("missing/stats", "No such file or directory",
                            self.path("missing/stats"))

    def test_full_disk(self):
        self.assert_refused("/dev/full", "No space left on device")

    def test_long_names(self):
        said = self.act("allocate", stats="/" + "x" * 5000)
        self.assertEqual(said, "zmalloc: ZMALLOC_STATS: the file name is too long\n")
        for name in "/" + "x" * 4000, "/tmp/" + "%p/" * 1300:
            first, rest = self.act("allocate", stats=name).split("\n", 1)
            self.assertRegex(first, "^zmalloc: ZMALLOC_STATS: can't write /")
            self.parse(rest)

    # ---- one report for each process ----

    def test_sums_over_forked_processes(self):
        self.act("fork", stats=self.path("stats"))
        reports = self.read(count=4)
        for report in reports:
            self.assert_one_act(report)
        self.assertEqual(len({report["pid"] for report in reports}), 4)
        parent = reports[-1]  # it has waited for the others
        self.assertEqual([parent[f"inherited_{key}"] for key in SUMS], [0] * 4)
        for child in reports[:-1]:
            self.assertEqual(child["ppid"], parent["pid"])
            for key in SUMS:
                self.assertTrue(0 < child[f"inherited_{key}"] <= parent[key], key)

    def test_left_by__exit(self):
        for act in "leave", "leave-quickly":
            report, = self.parse(self.act(act, stats="stderr"))
            self.assert_one_act(report)

    def test_signal_that_ends_the_process(self):
        for number in signal.SIGTERM, signal.SIGINT, signal.SIGHUP:
            text = self.act("signal", str(int(number)), stats="stderr", status=-number)
            self.assert_one_act(self.parse(text)[0])
        self.assertEqual(self.act("signal", "9", stats="stderr", status=-9), "")

    def test_signal_handlers_of_the_program(self):
        for act in "handle", "ignore":
            self.assert_one_act(self.parse(self.act(act, stats="stderr"))[0])
        text = self.act("set-signals", stats="stderr", status=-signal.SIGINT)
        self.assert_one_act(self.parse(text)[0])

    def test_interrupted_python(self):
        """It looks at what handlers there are before it sets its own."""
        script = ("import signal, os\n"
                  "assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL\n"
                  "try: os.kill(os.getpid(), signal.SIGINT)\n"
                  "except KeyboardInterrupt: os.kill(os.getpid(), signal.SIGTERM)\n")
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False, timeout=60,
                              env={"LD_PRELOAD": LIBRARY, "ZMALLOC_BACKEND": BACKEND, "ZMALLOC_STATS": "stderr"})
        self.assertEqual(done.returncode, -signal.SIGTERM, done.stderr)
        self.assertEqual(json.loads(done.stderr)["backend"], BACKEND)

    def test_vfork_makes_no_second_report(self):
        self.parse(self.act("vfork", stats="stderr"))

    def test_spawn(self):
        self.parse(self.act("spawn-nothing", stats="stderr"))
        self.parse(self.act("spawn-bare", ACTS, "allocate", stats="stderr"))
        child, parent = self.parse(self.act("spawn", ACTS, "allocate", stats="stderr"), 2)
        self.assertEqual(child["ppid"], parent["pid"])
        self.assert_one_act(child)
        self.assertEqual(child["inherited_allocs"], 0)

    def test_exec_without_environment(self):
        self.assertEqual(self.act("exec-bare", ACTS, "allocate", stats="stderr"), "")

    def test_lines_of_many_processes_do_not_mix(self):
        many = ('eval "export $SET"; for n in 1 2 3 4 5 6 7 8; do'
                ' (for m in 1 2 3 4 5; do "$@"; done) & done; wait; exit 7')
        self.act("fork", stats=self.path("stats"), shell=many)
        with open(self.path("stats"), encoding="ascii") as file:
            lines = [line for line in file if '"command":"sh"' not in line]
        self.assertEqual(len({r["pid"] for r in self.parse("".join(lines), 8 * 5 * 4)}), 160)

    # ---- the program's own files ----

    def test_nothing_written_to_the_programs_files(self):
        for stats in "stderr", "/nonexistent/stats":
            self.assertEqual(self.act("own-files", self.path("own"), stats=stats), "")
            self.assertEqual(os.stat(self.path("own")).st_size, 0)

    def test_started_without_standard_files(self):
        closed = 'eval "export $SET"; exec "$@" <&- >&- 2>&-'
        for stats in "stderr", "/nonexistent/stats":
            self.act("first-files", self.path("own"), stats=stats, shell=closed)
            self.assertEqual(os.stat(self.path("own")).st_size, 0)
        self.act("first-files", self.path("own"), stats=self.path("stats"), shell=closed)
        self.assertEqual(os.stat(self.path("own")).st_size, 0)
        self.read()

    # ---- the choice ----

    def test_unknown_backend(self):
        for name in "nonsense", "jemalloc ", BACKEND + "x", "x" * 200:
            said = self.act("allocate", stats="stderr", backend=name, status=-signal.SIGABRT)
            self.assertEqual(said, f"zmalloc: ZMALLOC_BACKEND={name}: no such backend here; "
                                   f"built in: {BACKENDS.replace(',', ', ')}\n")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
