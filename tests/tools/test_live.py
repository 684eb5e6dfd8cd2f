"""zmalloc stat: the account of a running process, read from outside.

usage: test_live.py TARGET

SPDX-License-Identifier: BSD-3-Clause
"""
import json
import mmap
import os
import signal
import struct
import subprocess
import sys
import time
import unittest

from command import ZMALLOC, TestCase, environment, zmalloc

TARGET = sys.argv.pop(1)
BACKENDS = [b["name"] for b in json.loads(zmalloc("info", "--json").stdout)["backends"]]
MAGIC, VERSION = 0x636f6c6c616d7a01, 1


class Target:
    """Runs, and answers what it knows of its own account."""

    def __init__(self, *args, **variables):
        self.process = subprocess.Popen([TARGET, *args], env=environment(**variables), text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(20)
        self.process.stdout.close()

    def ask(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


def stat(pid, *args, **more):
    result = zmalloc("stat", "--json", *args, str(pid), **more)
    assert result.returncode == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()], result.stderr


class Live(TestCase):
    def same(self, told, seen):
        for key in "pid", "used_bytes", "allocated_bytes", "allocs", "frees", "threads":
            self.assertEqual(seen[key], told[key], key)
        self.assertGreaterEqual(seen["peak_bytes"], seen["used_bytes"])

    def test_exact_with_each_backend(self):
        for backend in BACKENDS:
            for threads in "0", "7", "200":  # slots of one chunk, and of several
                with self.subTest(backend=backend, threads=threads), \
                        Target(threads, ZMALLOC_BACKEND=backend) as target:
                    told = target.ask()
                    (seen,), stderr = stat(target.process.pid)
                    self.assertEqual((seen["backend"], seen["inherited"], stderr), (backend, False, ""))
                    self.same(told, seen)
                    self.assertEqual(seen["peak_bytes"], told["peak_bytes"])
                    self.assertGreater(seen["rss_bytes"], 100000)
                    self.assertLess(abs(seen["started"] - time.time()), 100)

    def test_forked_process_has_its_own(self):
        with Target("3", "fork") as target:
            told = target.ask()
            self.assertNotEqual(told["pid"], target.process.pid)
            (child,), _ = stat(told["pid"])
            self.same(told, child)
            self.assertFalse(child["inherited"])
            (parent,), _ = stat(target.process.pid)
            self.assertLess(parent["used_bytes"], child["used_bytes"])

    def test_process_that_was_forked_past_the_library(self):
        with Target("0", "clone") as target:
            told = target.ask()
            (seen,), stderr = stat(told["pid"])
            self.same(told, seen)
            self.assertTrue(seen["inherited"])
            self.assertIn("forked past the library", stderr)

    def test_rates(self):
        with Target("0") as target:
            target.ask()
            lines, _ = stat(target.process.pid, "-i", "0.2", "-n", "3")
            self.assertEqual(len(lines), 3)
            for line in lines[1:]:
                self.assertAlmostEqual(line["seconds"], 0.2, delta=0.15)
                self.assertEqual((line["allocs_per_s"], line["allocated_bytes_per_s"]), (0, 0))

    def test_text(self):
        with Target("0") as target:
            target.ask()
            result = zmalloc("stat", "-n", "2", "-i", "0.1", str(target.process.pid))
            heading, *lines = result.stdout.splitlines()
            self.assertEqual(heading.split(), "time used peak RSS RSS/used allocs/s frees/s bytes/s threads".split())
            self.assertEqual(len(lines), 2)
            self.assertLessEqual(max(map(len, [heading, *lines])), 100)

    def test_ends_with_the_process(self):
        with Target("0") as target:
            target.ask()
            with subprocess.Popen([ZMALLOC, "stat", "-i", "0.05", str(target.process.pid)], env=environment(),
                                  stdout=subprocess.PIPE) as watcher:
                watcher.stdout.readline()
                target.process.kill()
                target.process.wait()
                self.assertEqual(watcher.wait(20), 0)

    def test_interrupted(self):
        with Target("0") as target, \
                subprocess.Popen([ZMALLOC, "stat", "-i", "5", str(target.process.pid)], env=environment(),
                                 stdout=subprocess.PIPE) as watcher:
            watcher.stdout.readline()
            watcher.send_signal(signal.SIGINT)
            self.assertEqual(watcher.wait(20), 128 + signal.SIGINT)

    def test_without_an_account(self):
        (seen,), stderr = stat(os.getpid())
        self.assertIn("no account", seen["no_account"])
        self.assertIn("no account", stderr)
        self.assertGreater(seen["rss_bytes"], 100000)
        with Target("0", ZMALLOC_LIVE="off") as target:
            target.ask()
            self.assertIn("ZMALLOC_LIVE=off", stat(target.process.pid)[0][0]["no_account"])

    def test_variable_that_can_not_be_read(self):
        done = subprocess.run([TARGET], env=environment(ZMALLOC_LIVE="yes"), capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, check=False)
        self.assertEqual(done.returncode, -signal.SIGABRT)
        self.assertEqual(done.stderr, "zmalloc: ZMALLOC_LIVE=yes: not known; there are: on, off\n")

    @unittest.skipIf(os.getuid() != 0, "only root can become another user")
    def test_process_of_another_user(self):
        with Target("0") as target:
            target.ask()
            seen, stderr = stat(target.process.pid, user="nobody", group="nogroup", extra_groups=[])
            self.assertIn("may not be read", seen[0]["no_account"])
            self.assertIn("may not be read", stderr)

    def test_page_that_lies(self):
        """This process has a page of that name, and fills it with what it likes."""
        fd = os.memfd_create("zmalloc-live")
        os.ftruncate(fd, 4096)
        with mmap.mmap(fd, 4096) as page:
            os.close(fd)
            head = struct.pack("<QIIqq64s64s", MAGIC, VERSION, 4096, os.getpid(), 0, b"x" * 64, b"y" * 64)
            good_slots = struct.pack("<QQQ14I", 0, 0, 0, 24, 64, 256, 0, 8, 16, 24, 32, 40, 48, 56, 64, 72, 0)
            for content, word in [
                (b"", "can't be true"),
                (b"\xff" * 4096, "can't be true"),
                (struct.pack("<QII", MAGIC, VERSION + 1, 4096), "another version"),
                (struct.pack("<QII", MAGIC, VERSION, 8), "another version"),
                (head + b"\xff" * 200, "can't be true"),
                (head + b"\0" * 200, "can't be true"),
                (head + good_slots, "can't be true"),
            ]:
                page[:] = content.ljust(4096, b"\0")
                self.assertIn(word, stat(os.getpid())[0][0]["no_account"])

    def test_wrong_usage(self):
        for args, word in [
            ([], "no process ID given"),
            (["x"], "'x'"),
            (["0"], "'0'"),
            (["1", "2"], "not '2' too"),
            (["-i", "0", "1"], "interval"),
            (["-n", "x", "1"], "'x'"),
        ]:
            with self.subTest(args=args):
                self.assertIn(word, self.refused(2, "stat", *args))
        self.assertIn("no such process", self.refused(125, "stat", str(2 ** 31 - 1)))


if __name__ == "__main__":
    unittest.main()
