"""zmalloc stat, top and metrics: the account of a running process, read from outside.

usage: test_live.py TARGET

SPDX-License-Identifier: BSD-3-Clause
"""
import fcntl
import json
import mmap
import os
import pty
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import time
import unittest
import urllib.error
import urllib.request

from command import ZMALLOC, TestCase, environment, zmalloc

TARGET = sys.argv.pop(1)
BACKENDS = [b["name"] for b in json.loads(zmalloc("info", "--json").stdout)["backends"]]
MAGIC, VERSION = 0x636f6c6c616d7a01, 1


class Target:
    """Runs, and answers what it knows of its own account."""

    def __init__(self, *args, program=TARGET, **variables):
        self.process = subprocess.Popen([program, *args], env=environment(**variables), text=True,
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

    def test_details(self):
        for backend in BACKENDS:
            with self.subTest(backend=backend), \
                    Target("8", "publish", ZMALLOC_BACKEND=backend,
                           ZMALLOC_LIMIT="hard=1G,soft=512M") as target:
                told = target.ask()
                (seen,), stderr = stat(target.process.pid, "--details")
                self.assertEqual(stderr, "")
                self.same(told, seen)
                self.assertEqual(seen["published"], {"cache_answers": 1})
                target.ask()
                self.assertEqual(stat(target.process.pid, "-d")[0][0]["published"], {"cache_answers": 2})
                self.assertEqual(seen["limits"], {"of": "used", "soft_bytes": 512 << 20, "hard_bytes": 1 << 30,
                                                  "reclaims": 0, "reclaimed_bytes": 0, "refused": 0})
                threads = seen["per_thread"]
                self.assertEqual(len(threads), told["threads"])
                self.assertEqual({t["tid"] for t in threads},
                                 {int(tid) for tid in os.listdir(f"/proc/{target.process.pid}/task")})
                own = [t for t in threads if t["tid"] == target.process.pid]
                self.assertEqual(own[0]["name"], os.path.basename(TARGET)[:15])
                self.assertGreater(own[0]["allocated_bytes"], 0) # its first block counts
                self.assertEqual(own[0]["freed_bytes"], own[0]["allocated_bytes"])
                # 2,000 blocks in each other thread, of which half are left; slots were used again.
                for thread in threads:
                    if thread is not own[0]:
                        self.assertEqual(thread["allocs"], 2000)
                        self.assertLess(thread["freed_bytes"], thread["allocated_bytes"])
                text = zmalloc("stat", "-d", str(target.process.pid)).stdout
                self.assertIn("limit of used memory: soft 512.0 MiB, hard 1.0 GiB", text)
                self.assertRegex(text, r"cache_answers +2\n")
                self.assertRegex(text, rf"\n +{target.process.pid} .* live-target\n")

    def heaps_are(self, told, seen):
        (first, second) = seen
        self.assertEqual([first["name"], second["name"]], ["sessions", "buffers"])
        self.assertEqual([first["parent"], second["parent"]], [0, first["number"]])
        self.assertEqual([first["hard_bytes"], second["hard_bytes"]], [1 << 30, 0])
        self.assertEqual(second["backend"], BACKENDS[-1])
        for heap in seen:
            self.assertEqual([heap[key] for key in ("used_bytes", "peak_bytes", "allocs", "frees")],
                             told[heap["name"]])
            self.assertEqual(heap["allocated_bytes"] - heap["freed_bytes"], heap["used_bytes"])

    def test_heaps(self):
        for backend in BACKENDS:
            for threads in "1", "90": # parts of one page, and of several
                with self.subTest(backend=backend, threads=threads), \
                        Target(threads, "heaps", ZMALLOC_BACKEND=backend) as target:
                    told, pid = target.ask(), str(target.process.pid)
                    (seen,), _ = stat(pid, "-d")
                    self.same(told, seen)
                    self.heaps_are(told, seen["heaps"])
                    self.assertEqual(seen["heaps"][0]["allocs"], 2000 * int(threads))
                    look = json.loads(zmalloc("top", "--json", "-n", "1", "--heaps", pid).stdout)
                    self.heaps_are(told, look["heaps"])
                    text = zmalloc("stat", "-d", pid).stdout
                    self.assertRegex(text, r"\n +used +peak +soft +hard +allocs +refused backend +heap\n"
                                           r".* sessions\n.*   buffers\n")
                    for wide in [], ["--wide"]:
                        lines = zmalloc("top", "--once", "--heaps", *wide, pid).stdout.splitlines()
                        at = lines[1].index("command")
                        self.assertEqual([line[at:] for line in lines[3:]], ["sessions", "  buffers"])
                        self.assertEqual(len({line.index("iB") for line in lines[2:4]}), 1)

    def test_details_after_fork(self):
        with Target("3", "fork") as target:
            pid = target.ask()["pid"]
            (seen,), _ = stat(pid, "-d")
            self.assertEqual([t["tid"] for t in seen["per_thread"]], [pid])
            self.assertEqual((seen["published"], seen["limits"]["hard_bytes"], seen["heaps"]), ({}, 0, []))

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
            good_slots = struct.pack("<QQQ18I", 0, 0, 0, 24, 64, 256, 0, 8, 16, 24, 32, 40, 48, 56, 64, 72,
                                     76, 80, 88, 96, 0)
            for content, word in [
                (b"", "can't be true"),
                (b"\xff" * 4096, "can't be true"),
                (struct.pack("<QII", MAGIC, VERSION + 1, 4096), "another version"),
                (struct.pack("<QII", MAGIC, VERSION, 8), "another version"),
                (head + b"\xff" * 200, "can't be true"),
                (head + b"\0" * 200, "can't be true"),
                (head + good_slots, "can't be true"),
                (head + good_slots + b"\xff" * 64, "can't be true"),
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


@unittest.skipIf(len(BACKENDS) < 2, "one backend")
class Switch(TestCase):
    """zmalloc switch."""

    def test_there_and_back(self):
        first, second = BACKENDS[:2]
        with Target("7", ZMALLOC_BACKEND=first, ZMALLOC_SWITCH="on") as target:
            target.ask()
            pid = str(target.process.pid)
            self.assertEqual(zmalloc("switch", pid).stdout, f"{first}; may be switched to: {', '.join(BACKENDS)}\n")
            for old, new in (first, second), (second, first), (first, first):
                self.assertEqual(zmalloc("switch", pid, new).stdout, f"{old} -> {new}\n")
                told = target.ask()
                (seen,), stderr = stat(pid)
                self.assertEqual((seen["backend"], stderr), (new, ""))
                self.assertEqual((told["backend"], told["used_bytes"]), (new, seen["used_bytes"]))
            self.assertIn("can't be switched to 'nonesuch', but to: " + ", ".join(BACKENDS),
                          self.refused(125, "switch", pid, "nonesuch"))

    def test_only_those_that_are_listed(self):
        with Target("0", ZMALLOC_BACKEND=BACKENDS[0], ZMALLOC_SWITCH=BACKENDS[1]) as target:
            pid = str(target.ask()["pid"])
            self.assertEqual(zmalloc("switch", pid).stdout.split(": ")[1], ", ".join(BACKENDS[:2]) + "\n")
            for other in BACKENDS[2:]:
                self.assertIn("can't be switched", self.refused(125, "switch", pid, other))

    def test_wrong_usage(self):
        self.assertIn("no process ID given", self.refused(2, "switch"))
        self.assertIn("'3' too", self.refused(2, "switch", "1", "2", "3"))
        self.assertIn("no account", self.refused(125, "switch", str(os.getpid()), "libc"))
        with Target("0") as target:
            self.assertIn("without ZMALLOC_SWITCH=on", self.refused(125, "switch", str(target.ask()["pid"]), "libc"))

    def test_variable_that_can_not_be_read(self):
        for variables, message in [
            ({"ZMALLOC_SWITCH": "nonesuch"},
             "zmalloc: ZMALLOC_SWITCH=nonesuch: takes on, off, or some of these with commas between them, each once: "
             + ", ".join(BACKENDS) + "\n"),
            ({"ZMALLOC_SWITCH": "on", "ZMALLOC_WRAP": "count"}, "zmalloc: ZMALLOC_SWITCH=on: not with ZMALLOC_WRAP\n"),
            ({"ZMALLOC_FOREIGN": "jemalloc"}, "zmalloc: ZMALLOC_FOREIGN=jemalloc: not known; there are: libc, off\n"),
        ]:
            done = subprocess.run([TARGET], env=environment(**variables), capture_output=True, text=True,
                                  stdin=subprocess.DEVNULL, check=False)
            self.assertEqual((done.returncode, done.stderr), (-signal.SIGABRT, message))


class Terminal:
    """zmalloc top on a terminal of 24 lines."""

    def __init__(self, *args, columns=80, **variables):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execve(ZMALLOC, [ZMALLOC, "top", *args], environment(**({"TERM": "xterm"} | variables)))
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self.text = b""

    def read(self, seconds=0.2):
        while select.select([self.fd], [], [], seconds)[0]:
            try:
                self.text += os.read(self.fd, 65536)
            except OSError:
                return

    def until(self, word):
        """Waits until the word has been drawn since the last key."""
        end = time.monotonic() + 20
        while word.encode() not in self.text:
            if time.monotonic() > end:
                raise AssertionError(f"{word!r} not in {self.text!r}")
            self.read()

    def press(self, keys):
        self.text = b""
        os.write(self.fd, keys.encode() + b"\f")  # which has all drawn anew, not what differs

    def end(self):
        _, status = os.waitpid(self.pid, 0)
        os.close(self.fd)
        return os.waitstatus_to_exitcode(status)


class Top(TestCase):
    def test_once(self):
        with Target("3", ZMALLOC_BACKEND=BACKENDS[-1]) as target, Target("0") as other:
            told = target.ask()
            other.ask()
            text = zmalloc("top", "--once", str(other.process.pid), str(told["pid"])).stdout
            summary, heading, first, second = text.splitlines()
            self.assertRegex(summary, r"^2 processes on zmalloc, used .*, RSS ")
            self.assertEqual(heading.split(), "PID backend used peak RSS RSS/used allocs/s thr command".split())
            shown = {"tcmalloc_minimal": "tc_min", "mimalloc2": "mi2"}.get(BACKENDS[-1], BACKENDS[-1])
            self.assertEqual(first.split()[:2], [str(told["pid"]), shown])
            self.assertEqual(first.split()[-2:], [str(told["threads"]), os.path.basename(TARGET)[:15]])
            self.assertEqual(second.split()[0], str(other.process.pid))
            self.assertLessEqual(max(map(len, text.splitlines())), 80)
            self.assertIn(str(told["pid"]), zmalloc("top", "--once").stdout)
            wide = zmalloc("top", "--once", "--wide", str(told["pid"])).stdout.splitlines()
            self.assertIn("bytes/s blocks thr version command", " ".join(wide[1].split()))
            self.assertEqual(len(wide[1].rsplit("command", 1)[0]), len(wide[2].rsplit(os.path.basename(TARGET)[:15], 1)[0]))
            self.assertLessEqual(max(map(len, wide)), 140)

    def test_json(self):
        with Target("3") as target:
            told = target.ask()
            result = zmalloc("top", "--json", "-n", "2", "-i", "0.2", str(told["pid"]))
            first, second = map(json.loads, result.stdout.splitlines())
            for look in first, second:
                self.assertEqual((look["pid"], look["used_bytes"], look["threads"]),
                                 (told["pid"], told["used_bytes"], told["threads"]))
            self.assertGreater(first["allocs_per_s"], 0)
            self.assertEqual(second["allocs_per_s"], 0)

    def test_with_children(self):
        with Target("3", "fork") as target:
            child = target.ask()["pid"]
            looks = [json.loads(line) for line in zmalloc("top", "--json", "-n", "1",
                                                          str(target.process.pid)).stdout.splitlines()]
            self.assertEqual({look["pid"] for look in looks}, {target.process.pid, child})
            self.assertEqual(len(zmalloc("top", "--once", str(child), str(target.process.pid)).stdout.splitlines()), 4)

    def test_sorted(self):
        with Target("0") as small, Target("7") as large:
            pids = [str(small.ask()["pid"]), str(large.ask()["pid"])]
            for order, last in ("used", pids[0]), ("allocs", pids[0]), ("pid", max(pids, key=int)):
                lines = zmalloc("top", "--once", f"--sort={order}", *pids).stdout.splitlines()
                self.assertEqual(lines[-1].split()[0], last, order)

    @unittest.skipIf(os.environ["NCURSES"] == "0", "built without ncurses")
    def test_screen(self):
        with Target("3") as target, Target("0") as other:
            told = target.ask()
            terminal = Terminal("-i", "0.2", str(told["pid"]), str(other.ask()["pid"]))
            terminal.until("2 processes on zmalloc")
            terminal.until(str(told["pid"]))
            for key, word in [("h", "by process ID"), (" ", "RSS/used"), ("N", "by pid"), ("\x1bOB", str(told["pid"])),
                              ("M", "by rss"), ("\n", "live blocks"),
                              (" ", "no limit"), (" ", "thread  allocated"), ("q", "RSS/used"), ("+", "each 0.4 s")]:
                terminal.press(key)
                terminal.until(word)
            fcntl.ioctl(terminal.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 10, 140, 0, 0))
            os.kill(terminal.pid, signal.SIGWINCH)
            terminal.press(" ")
            terminal.until("q leave")
            terminal.until("bytes/s")
            terminal.press("q")
            self.assertEqual(terminal.end(), 0)

    @unittest.skipIf(os.environ["NCURSES"] == "0", "built without ncurses")
    def test_terminal_that_goes_away(self):
        with Target("0") as target:
            terminal = Terminal(str(target.ask()["pid"]))
            terminal.until("1 process on zmalloc")
            os.close(terminal.fd)
            _, status = os.waitpid(terminal.pid, 0)
            self.assertIn(os.waitstatus_to_exitcode(status), (0, 128 + signal.SIGHUP))

    @unittest.skipIf(os.environ["NCURSES"] == "0", "built without ncurses")
    def test_screen_without_colours(self):
        with Target("0") as target:
            pid = str(target.ask()["pid"])
            for variables, colours in ({}, True), ({"NO_COLOR": "1"}, False):
                terminal = Terminal(pid, **variables)
                terminal.until("1 process on zmalloc")
                terminal.read()
                self.assertEqual(b"[42" in terminal.text or b";42m" in terminal.text, colours)
                os.kill(terminal.pid, signal.SIGTERM)
                self.assertEqual(terminal.end(), 128 + signal.SIGTERM)

    def test_wrong_usage(self):
        self.assertIn("not on a terminal", self.refused(2, "top"))
        self.assertIn("'size'", self.refused(2, "top", "--once", "--sort=size"))
        self.assertIn("none of these", self.refused(125, "top", "--once", str(os.getpid())))
        if os.environ["NCURSES"] == "1":
            terminal = Terminal(TERM="no-such-terminal")
            terminal.until("can't be drawn on")
            self.assertEqual(terminal.end(), 125)


class Exposed(TestCase):
    def values(self, text, pid):
        """By the names of the samples of one process."""
        found = {}
        for line in text.splitlines():
            if f'{{pid="{pid}",' in line:
                name, rest = line.split("{", 1)
                found[name] = int(rest.rsplit(" ", 1)[1])
        return found

    def check(self, text, told):
        found = self.values(text, told["pid"])
        for name, key in [("used_bytes", "used_bytes"), ("allocated_bytes_total", "allocated_bytes"),
                          ("allocations_total", "allocs"), ("frees_total", "frees"), ("threads", "threads"),
                          ("peak_bytes", "peak_bytes")]:
            self.assertEqual(found[f"zmalloc_{name}"], told[key], name)
        self.assertGreater(found["zmalloc_resident_bytes"], 100000)


class Metrics(Exposed):
    """zmalloc metrics."""

    def test_limits_and_numbers(self):
        with Target("0", "publish", ZMALLOC_LIMIT="hard=1G") as target:
            pid = target.ask()["pid"]
            text = zmalloc("metrics", str(pid)).stdout
            found = self.values(text, pid)
            self.assertEqual(found["zmalloc_limit_hard_bytes"], 1 << 30)
            self.assertEqual(found["zmalloc_limit_refused_total"], 0)
            self.assertNotIn("zmalloc_limit_soft_bytes", found)
            self.assertRegex(text, r'zmalloc_published\{.*,name="cache_answers"\} 1\n')

    def test_heaps(self):
        with Target("3", "heaps") as target:
            told = target.ask()
            for format in [], ["--text"]:
                text = zmalloc("metrics", *format, str(target.process.pid)).stdout
                for name, (used, peak, allocs, _) in (("sessions", told["sessions"]), ("buffers", told["buffers"])):
                    for family, value in ("used_bytes", used), ("peak_bytes", peak), ("allocations_total", allocs):
                        self.assertRegex(text, rf'\nzmalloc_heap_{family}\{{.*,heap="{name}",number="[13]"\}} {value}\n')

    def test_each_format(self):
        with Target("3") as target:
            told = target.ask()
            one = zmalloc("metrics", str(told["pid"]))
            self.check(one.stdout, told)
            self.assertTrue(one.stdout.endswith("# EOF\n"))
            self.assertIn("# TYPE zmalloc_allocations counter\n", one.stdout)
            self.assertNotIn("zmalloc_limit_hard_bytes{", one.stdout)
            self.assertIn("# UNIT zmalloc_used_bytes bytes\n", one.stdout)
            every = zmalloc("metrics", "--text")
            self.check(every.stdout, told)
            self.assertIn("# TYPE zmalloc_allocations_total counter\n", every.stdout)
            if shutil.which("promtool"):
                done = subprocess.run(["promtool", "check", "metrics"], input=every.stdout, text=True,
                                      capture_output=True, check=False)
                self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_labels_of_any_name(self):
        with tempfile.TemporaryDirectory() as directory:
            name = os.path.join(directory, 'a"b\\c\n\x1b\xff')
            shutil.copy(TARGET, name)
            with Target("0", program=name) as target:
                told = target.ask()
                text = zmalloc("metrics", str(told["pid"])).stdout
                self.check(text, told)
                self.assertIn('command="a\\"b\\\\c\\n???",backend=', text)

    def test_what_is_no_plain_file(self):
        with Target("0") as target, tempfile.TemporaryDirectory() as directory:
            pid = str(target.ask()["pid"])
            plain, link, pipe = (os.path.join(directory, name) for name in ("plain", "link", "pipe"))
            self.assertIn("# EOF", zmalloc("metrics", "-o", "-", pid).stdout)
            with open(plain, "w", encoding="utf-8"):
                os.chmod(plain, 0o640)
            os.symlink("plain", link)
            zmalloc("metrics", "-o", link, pid)
            self.assertTrue(os.path.islink(link))
            self.assertEqual(os.stat(plain).st_mode & 0o777, 0o640)
            os.mkfifo(pipe)
            with subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE, text=True) as reader:
                self.assertEqual(zmalloc("metrics", "-o", pipe, pid).returncode, 0)
                self.assertIn("# EOF", reader.stdout.read())
            self.assertEqual(zmalloc("metrics", "-o", "/dev/null", pid).returncode, 0)
            self.assertFalse(os.path.isfile("/dev/null"))

    def test_file(self):
        with tempfile.TemporaryDirectory() as directory, Target("0") as target:
            told = target.ask()
            path = os.path.join(directory, "zmalloc.prom")
            for _ in range(2):
                result = zmalloc("metrics", "--text", "-o", path, str(told["pid"]))
                self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))
            with open(path) as file:
                self.check(file.read(), told)
            self.assertEqual(os.stat(path).st_mode & 0o777, 0o644)
            self.assertEqual(os.listdir(directory), ["zmalloc.prom"])
            self.assertIn("Not a directory", self.refused(125, "metrics", "-o", path + "/no/file", str(told["pid"])))

    def test_wrong_usage(self):
        self.assertIn("'x'", self.refused(2, "metrics", "x"))
        self.assertIn("no port: '65536'", self.refused(2, "metrics", "--listen=65536"))
        self.assertIn("--listen goes without", self.refused(2, "metrics", "--listen=0", "--text"))
        self.assertIn(f"process {os.getpid()}: it has no account", self.refused(125, "metrics", str(os.getpid())))


@unittest.skipIf(os.environ["MICROHTTPD"] == "0", "built without libmicrohttpd")
class Served(Exposed):
    """zmalloc metrics --listen."""

    def serve(self, *pids):
        server = subprocess.Popen([ZMALLOC, "metrics", "--listen=0", *pids], env=environment(), text=True,
                                  stderr=subprocess.PIPE)
        self.addCleanup(server.stderr.close)
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        url = server.stderr.readline().split()[-1]
        self.assertRegex(url, r"^http://127\.0\.0\.1:\d+/metrics$")
        return server, url

    def get(self, url, **headers):
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=20) as answer:
            return answer.headers["Content-Type"], answer.read().decode()

    def test_scrapes(self):
        with Target("2") as target:
            told = target.ask()
            server, url = self.serve()
            kind, text = self.get(url)
            self.assertTrue(kind.startswith("text/plain; version=0.0.4"))
            self.check(text, told)
            kind, text = self.get(url, Accept="application/openmetrics-text; version=1.0.0, */*;q=0.1")
            self.assertTrue(kind.startswith("application/openmetrics-text; version=1.0.0"))
            self.check(text, told)
            self.assertTrue(text.endswith("# EOF\n"))
            for path, method, status in ("/", "GET", 404), ("/metrics", "POST", 405):
                with self.assertRaises(urllib.error.HTTPError) as caught:
                    urllib.request.urlopen(urllib.request.Request(url.replace("/metrics", path), method=method,
                                                                  data=b"x" if method == "POST" else None))
                self.assertEqual(caught.exception.code, status)
                caught.exception.close()
            port = url.split(":")[2].split("/")[0]
            self.assertIn("in use", self.refused(125, "metrics", f"--listen={port}"))
            server.send_signal(signal.SIGTERM)
            self.assertEqual(server.wait(20), 128 + signal.SIGTERM)

    @unittest.skipIf(not shutil.which("prometheus"), "no prometheus")
    def test_prometheus(self):
        """It reads examples/monitoring, and answers a question about a running process."""
        with Target("2") as target, tempfile.TemporaryDirectory() as directory:
            told = target.ask()
            _, url = self.serve(str(told["pid"]))
            for name in "prometheus.yml", "zmalloc.rules.yml":
                with open(os.path.join(os.environ["ZM_SOURCE"], "examples/monitoring", name)) as file:
                    text = file.read().replace("127.0.0.1:9797", url.split("/")[2]).replace("5s", "1s")
                with open(os.path.join(directory, name), "w") as file:
                    file.write(text)
            with socket.create_server(("127.0.0.1", 0)) as free:
                port = free.getsockname()[1]
            with subprocess.Popen(["prometheus", f"--config.file={directory}/prometheus.yml",
                                   f"--storage.tsdb.path={directory}/data",
                                   f"--web.listen-address=127.0.0.1:{port}"],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as prometheus:
                self.addCleanup(prometheus.kill)
                result, until = [], time.monotonic() + 60
                while not result and time.monotonic() < until:
                    time.sleep(0.5)
                    try:
                        _, text = self.get(f"http://127.0.0.1:{port}/api/v1/query?query=zmalloc_used_bytes")
                        result = json.loads(text)["data"]["result"]
                    except OSError:
                        pass
                prometheus.terminate()
            self.assertEqual(len(result), 1)
            self.assertEqual(int(result[0]["value"][1]), told["used_bytes"])
            self.assertEqual(result[0]["metric"]["pid"], str(told["pid"]))


if __name__ == "__main__":
    unittest.main()
