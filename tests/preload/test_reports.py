#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Where a report at exit is then, and that it is whole and true.

usage: test_reports.py LIBRARY BACKEND ENDINGS
"""
import json
import os
import resource
import subprocess
import sys
import unittest

from endings import BACKEND, ENDINGS, LIBRARY, STATUS, Case, needs_root

KIB, MIB = 1 << 10, 1 << 20


class Reports(Case):
    # ---- the name leads there no more ----

    def test_directory_is_renamed(self):
        os.mkdir(self.path("old"))
        said = self.end("rename", self.path("old"), self.path("new"), stats=self.path("old", "stats"))
        self.assertEqual(said, "")
        self.read("new/stats")

    def test_file_is_removed(self):
        self.assertEqual(self.end("unlink", self.path("stats"), stats=self.path("stats")), "")
        self.read()

    @needs_root
    def test_privileges_given_up(self):
        os.chmod(self.directory, 0o700)
        self.assertEqual(self.end("nobody", stats=self.path("stats")), "")
        self.read()

    @needs_root
    def test_other_root(self):
        os.mkdir(self.path("root"))
        self.assertEqual(self.end("chroot", self.path("root"), stats=self.path("stats")), "")
        self.read()
        self.assertEqual(os.listdir(self.path("root")), [])

    @needs_root
    def test_workers(self):
        self.assertEqual(self.end("workers", stats=self.path("stats")), "")
        self.read(count=3)

    @needs_root
    def test_workers_with_a_file_each(self):
        """The one that was forked too late to open its own has its line in its parent's."""
        os.mkdir(self.path("own"), 0o700)
        self.assertEqual(self.end("workers", stats=self.path("own", "%p")), "")
        lines = {}
        for name in os.listdir(self.path("own")):
            with open(self.path("own", name), encoding="ascii") as file:
                lines[int(name)] = [json.loads(line) for line in file]
        late, parent = max(lines.values(), key=len)
        self.assertEqual(late["ppid"], parent["pid"])
        self.assertEqual([[r["pid"] for r in lines[pid]] for pid in sorted(lines)],
                         [[late["pid"], parent["pid"]],
                          [pid for pid in lines if pid != parent["pid"]]])

    # ---- the file ----

    def test_mode(self):
        before = os.umask(0)
        self.addCleanup(os.umask, before)
        self.end("simple", stats=self.path("stats"))
        self.assertEqual(os.stat(self.path("stats")).st_mode & 0o777, 0o600)

    def test_no_link_is_followed(self):
        os.symlink(self.path("other"), self.path("stats"))
        said = self.end("simple", stats=self.path("stats"))
        self.assert_told(said, self.path("stats"), "it is a symbolic link")
        self.assertFalse(os.path.exists(self.path("other")))

    def test_percent_in_directories(self):
        """%p in what was asked for is the pid; what the working directory is called is its name."""
        os.mkdir(self.path("here-%p-100%%"))
        script = 'mkdir $$; exec "$@"'
        subprocess.run(["/bin/sh", "-c", script, "sh", "env", f"LD_PRELOAD={LIBRARY}",
                        f"ZMALLOC_BACKEND={BACKEND}", "ZMALLOC_STATS=%p/%%p-%p", ENDINGS, "simple"],
                       cwd=self.path("here-%p-100%%"), check=False, timeout=30)
        pid, = os.listdir(self.path("here-%p-100%%"))
        report, = self.read(f"here-%p-100%%/{pid}/%p-{pid}")
        self.assertEqual(str(report["pid"]), pid)

    def files(self, stats, limit=None):
        done = subprocess.run(
            [ENDINGS, "files"], env=self.environment(stats), text=True, capture_output=True, timeout=30,
            check=False, preexec_fn=limit and
            (lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))))
        self.assertEqual(done.returncode, STATUS, done.stderr)
        return done.stdout.split("\n")[:-1]

    def test_descriptors_out_of_the_way(self):
        self.assertEqual(self.files(""), [])
        for stats in self.path("stats"), "stderr", self.path("nowhere", "stats"):
            for fd in self.files(stats):
                self.assertGreaterEqual(int(fd), 100)
            for fd in self.files(stats, limit=40):
                self.assertGreaterEqual(int(fd), 33)

    # ---- one line, whole or absent ----

    def test_file_reaches_its_limit_within_the_line(self):
        self.end("simple", stats=self.path("stats"))
        with open(self.path("stats"), encoding="ascii") as file:
            before = file.read()
        limit = len(before) + 100
        said = self.end("simple", stats=self.path("stats"),
                        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
        self.assert_told(said, self.path("stats"), "File too large")
        with open(self.path("stats"), encoding="ascii") as file:
            self.assertEqual(file.read(), before)

    @needs_root
    def test_file_system_runs_full_within_the_line(self):
        os.mkdir(self.path("small"))
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k", "none", self.path("small")],
                          stderr=subprocess.DEVNULL, check=False).returncode:
            self.skipTest("can't mount")
        self.addCleanup(subprocess.run, ["umount", self.path("small")], check=True)
        before = "x" * 3999 + "\n"
        with open(self.path("small", "stats"), "w", encoding="ascii") as file:
            file.write(before)
        said = self.end("simple", stats=self.path("small", "stats"))
        self.assert_told(said, self.path("small", "stats"), "No space left on device")
        with open(self.path("small", "stats"), encoding="ascii") as file:
            self.assertEqual(file.read(), before)

    def test_long_name_of_the_command(self):
        subprocess.run(["x" * 9000, "simple"], executable=ENDINGS, check=False, timeout=30,
                       env=self.environment(self.path("stats")))
        report, = self.read()
        self.assertEqual(report["command"], "x" * 255)

    def test_long_list_of_wraps(self):
        wraps = ("slow" + ":loops=0" * 600)[:4095].rsplit(":", 1)[0]
        self.end("simple", stats=self.path("stats"), more={"ZMALLOC_WRAP": wraps})
        report, = self.read()
        self.assertEqual(report["wraps"], wraps)

    # ---- what is true ----

    def test_command_of_a_program_that_sets_its_title(self):
        self.end("title", stats=self.path("stats"))
        report, = self.read()
        self.assertEqual(report["command"], os.path.basename(ENDINGS))

    def test_peak_of_many_threads(self):
        self.end("threads", stats=self.path("stats"))
        report, = self.read()
        held = 200 * 20000
        self.assertGreaterEqual(report["peak_bytes"] + report["peak_slack_bytes"], held)
        self.assertLessEqual(report["peak_bytes"] + report["peak_slack_bytes"],
                             report["allocated_bytes"])

    def test_peak_of_one_thread(self):
        self.end("simple", stats=self.path("stats"))
        report, = self.read()
        self.assertLessEqual(report["peak_slack_bytes"], report["allocated_bytes"])

    def test_peak_of_a_forked_process(self):
        self.end("peak-of-parent", stats=self.path("stats"))
        child, parent = self.read(count=2)
        self.assertGreaterEqual(parent["peak_bytes"], 20 * MIB - 64 * KIB)
        self.assertEqual(parent["inherited_used_bytes"], 0)
        self.assertEqual(child["inherited_used_bytes"],
                         child["inherited_allocated_bytes"] - child["inherited_freed_bytes"])
        self.assertTrue(MIB <= child["inherited_used_bytes"] < 2 * MIB, child)
        self.assertTrue(3 * MIB - 64 * KIB <= child["peak_bytes"] < 4 * MIB, child)
        self.assertGreaterEqual(child["peak_bytes"] + child["peak_slack_bytes"], 3 * MIB)
        self.assertLess(child["peak_slack_bytes"], MIB)

    def test_peak_far_below_the_parents(self):
        self.end("batch-of-parent", stats=self.path("stats"))
        child, parent = self.read(count=2)
        self.assertGreaterEqual(parent["peak_bytes"], 1000 * MIB)
        self.assertGreaterEqual(child["peak_bytes"] + child["peak_slack_bytes"], 8 * MIB)
        self.assertLess(child["peak_bytes"], 9 * MIB)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
