#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A program ends under ZMALLOC_STATS as it does without, and what the report says is true.

usage: test_endings.py LIBRARY BACKEND ENDINGS
"""
import json
import os
import pty
import resource
import signal
import subprocess
import sys
import tempfile
import time
import unittest

LIBRARY, BACKEND, ENDINGS = sys.argv[1:]
STATUS = 7  # as in endings.c
KIB, MIB = 1 << 10, 1 << 20
FIGURES = ("used_bytes", "peak_bytes", "peak_slack_bytes", "allocated_bytes", "freed_bytes", "allocs",
           "frees", "inherited_used_bytes", "inherited_allocated_bytes", "inherited_freed_bytes",
           "inherited_allocs", "inherited_frees", "rss_bytes", "vmhwm_bytes")
ROOT = os.geteuid() == 0
needs_root = unittest.skipUnless(ROOT, "only root can")


class Endings(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = directory.name

    def path(self, *names):
        return os.path.join(self.directory, *names)

    def environment(self, stats, **more):
        return {"LD_PRELOAD": LIBRARY, "ZMALLOC_BACKEND": BACKEND, "ZMALLOC_STATS": stats,
                "PATH": os.environ["PATH"], **more}

    def end(self, *words, stats, status=STATUS, more=None, **how):
        """Runs an ending; returns its stderr."""
        how = {"stderr": subprocess.PIPE, "stdout": subprocess.PIPE, "cwd": self.directory} | how
        done = subprocess.run([ENDINGS, *words], env=self.environment(stats, **(more or {})),
                              text=True, stdin=subprocess.DEVNULL, timeout=30, check=False, **how)
        self.assertEqual((done.returncode, done.stdout or ""), (status, ""), done.stderr)
        return done.stderr

    def parse(self, text, count=1):
        reports = [json.loads(line) for line in text.splitlines()]
        self.assertEqual(len(reports), count, text)
        self.assertTrue(text.endswith("}\n"), text)
        for report in reports:
            for figure in FIGURES:
                self.assertIsInstance(report[figure], int, figure)
            self.assertLessEqual(report["used_bytes"], report["peak_bytes"])
            self.assertGreater(report["rss_bytes"], 0)
        return reports

    def read(self, name="stats", count=1):
        with open(self.path(name), encoding="ascii") as file:
            return self.parse(file.read(), count)

    def assert_told(self, said, name, why):
        """One line says why, the figures follow."""
        first, rest = said.split("\n", 1)
        self.assertEqual(first, f"zmalloc: ZMALLOC_STATS: can't write {name}: {why}; the figures follow")
        self.parse(rest)

    def everywhere(self, word, *, count=1):
        """The ending with the report in a file, on stderr, and on stderr for want of a file."""
        self.assertEqual(self.end(word, stats=self.path("stats")), "")
        self.read(count=count)
        self.parse(self.end(word, stats="stderr"), count)
        nowhere = self.path("nowhere", "stats")
        said = self.end(word, stats=nowhere)
        if count == 1:
            self.assert_told(said, nowhere, "No such file or directory")

    # ---- the stack ----

    def test_small_stack(self):
        for word in "alternate-stack", "small-thread":
            with self.subTest(word):
                self.everywhere(word)
                os.unlink(self.path("stats"))

    def test_small_stack_under_wraps(self):
        for word in "alternate-stack", "small-thread":
            for counts in "counts", "stderr", "nowhere/counts":
                with self.subTest(word, counts=counts):
                    wrap = f"count:to={counts},guard:frames=0"
                    said = self.end(word, stats="stats", more={"ZMALLOC_WRAP": wrap})
                    if counts == "counts":
                        with open(self.path(counts), encoding="ascii") as file:
                            said = file.read()
                        os.unlink(self.path(counts))
                    self.assertGreater(json.loads(said.splitlines()[-1])["alloc"], 0)
                    self.read()
                    os.unlink(self.path("stats"))

    # ---- signals ----

    def test_stderr_without_reader(self):
        for stats in "stderr", self.path("nowhere", "stats"):
            read, write = os.pipe()
            os.close(read)
            self.end("simple", stats=stats, stderr=write)
            os.close(write)

    def test_stderr_without_reader_under_count(self):
        read, write = os.pipe()
        os.close(read)
        self.end("simple", stats="", more={"ZMALLOC_WRAP": "count"}, stderr=write)
        os.close(write)

    def test_no_file_may_grow(self):
        said = self.end("simple", stats=self.path("stats"),
                        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)))
        self.assert_told(said, self.path("stats"), "File too large")
        self.assertEqual(os.stat(self.path("stats")).st_size, 0)

    def test_background_of_a_terminal_that_stops_writers(self):
        pid, terminal = pty.fork()
        if pid == 0:
            try:
                os.execve(ENDINGS, [ENDINGS, "background"], self.environment("stderr"))
            finally:
                os._exit(127)
        said = b""
        try:
            while b"}" not in said:
                said += os.read(terminal, 65536)
        except OSError:  # all who had it have gone
            pass
        _, status = os.waitpid(pid, 0)
        os.close(terminal)
        self.assertEqual(os.waitstatus_to_exitcode(status), STATUS, said)

    # ---- readers that do not come, or do not read ----

    def test_fifo_without_reader(self):
        os.mkfifo(self.path("fifo"))
        said = self.end("simple", stats=self.path("fifo"))
        self.assert_told(said, self.path("fifo"), "nobody reads from it")

    def test_fifo_with_reader(self):
        os.mkfifo(self.path("fifo"))
        reader = os.open(self.path("fifo"), os.O_RDONLY | os.O_NONBLOCK)
        self.assertEqual(self.end("simple", stats=self.path("fifo")), "")
        self.parse(os.read(reader, 65536).decode())
        os.close(reader)

    def test_pipe_that_is_full(self):
        read, write = os.pipe()
        self.end("full-pipe", stats="stderr", stderr=write)
        os.close(read)
        os.close(write)

    # ---- filters of system calls ----

    def test_filter(self):
        for word in "no-opening", "hardly-any-call":
            with self.subTest(word):
                self.assertEqual(self.end(word, stats=self.path("stats")), "")
                self.read()
                os.unlink(self.path("stats"))
                self.parse(self.end(word, stats="stderr"))

    def test_fork_under_a_filter(self):
        """The child can't open a file of its own: its line is in its parent's."""
        self.assertEqual(self.end("no-opening-fork", stats=self.path("%p")), "")
        name, = os.listdir(self.directory)
        with open(self.path(name), encoding="ascii") as file:
            child, parent = map(json.loads, file)
        self.assertEqual((child["ppid"], str(parent["pid"])), (parent["pid"], name))

    def test_fork_under_count(self):
        """A file each, or the parent's."""
        for word, files in ("peak-of-parent", 2), ("no-opening-fork", 1):
            counts = tempfile.mkdtemp(dir=self.directory)
            self.assertEqual(self.end(word, stats="", more={"ZMALLOC_WRAP": f"count:to={counts}/%p"}), "")
            self.assertEqual(len(os.listdir(counts)), files)
            lines = []
            for name in os.listdir(counts):
                with open(os.path.join(counts, name), encoding="ascii") as file:
                    lines += map(json.loads, file)
            self.assertEqual(len({line["pid"] for line in lines}), 2)

    # ---- threads ----

    def test_cancelled_thread_that_exits(self):
        self.everywhere("cancelled")

    def test_first_thread_has_ended(self):
        self.everywhere("last-thread")

    # ---- daemons ----

    def daemon(self, stats, **more):
        """Whoever started it is not kept waiting; returns what its two processes said on stderr."""
        stop, began = self.path("stop"), time.monotonic()
        said = self.end("daemon", stop, stats=stats, more=more)
        self.assertLess(time.monotonic() - began, 10)
        self.assertFalse(os.path.exists(stop))
        with open(stop, "w", encoding="ascii"):
            pass
        return said

    def wait_for_lines(self, paths, count):
        for _ in range(1000):
            lines = []
            for path in paths():
                with open(path, encoding="ascii") as file:
                    lines += file.readlines()
            if len(lines) == count:
                return list(map(json.loads, lines))
            time.sleep(0.01)
        self.fail(f"not {count} lines: {lines}")

    def test_daemon(self):
        self.daemon(self.path("stats"))
        self.wait_for_lines(lambda: [self.path("stats")], 2)

    def test_daemon_with_a_file_each(self):
        os.mkdir(self.path("own"))
        self.daemon(self.path("own", "%p"))
        files = lambda: [self.path("own", name) for name in os.listdir(self.path("own"))]
        self.wait_for_lines(files, 2)
        self.assertEqual(len(files()), 2)

    def test_daemon_that_reports_on_stderr(self):
        """Of its own that nobody reads any more: what is left is its parent's."""
        self.parse(self.daemon("stderr"))

    def test_daemon_under_count(self):
        self.daemon("", ZMALLOC_WRAP=f"count:to={self.path('counts')}")
        self.wait_for_lines(lambda: [self.path("counts")], 2)
        os.unlink(self.path("stop"))
        self.assertEqual(self.daemon("", ZMALLOC_WRAP="count").count("\n"), 1)

    def test_daemon_writes_to_the_file_that_stderr_was(self):
        with open(self.path("errors"), "w", encoding="ascii") as file:
            self.end("daemon", self.path("stop"), stats="stderr", stderr=file)
        with open(self.path("stop"), "w", encoding="ascii"):
            pass
        self.wait_for_lines(lambda: [self.path("errors")], 2)

    def test_all_files_closed_and_the_numbers_used(self):
        self.assertEqual(self.end("own-files", self.path("own"), stats=self.path("stats")), "")
        self.assertEqual(os.stat(self.path("own")).st_size, 0)
        self.read()

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


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
