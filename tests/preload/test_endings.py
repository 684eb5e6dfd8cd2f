#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A program ends under ZMALLOC_STATS as it does without.

usage: test_endings.py LIBRARY BACKEND ENDINGS
"""
import json
import os
import pty
import resource
import sys
import tempfile
import time
import unittest

from endings import ENDINGS, STATUS, Case


class Endings(Case):
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


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
