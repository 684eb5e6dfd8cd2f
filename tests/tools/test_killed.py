"""What processes have used that left no report: they were killed, crashed, or left by a raw system call.

usage: test_killed.py ENDS

SPDX-License-Identifier: BSD-3-Clause
"""
import json
import os
import resource
import signal
import subprocess
import sys
import unittest

from command import ZMALLOC, InFolder, environment, zmalloc

ENDS = os.path.abspath(sys.argv.pop(1))
BACKENDS = [b["name"] for b in json.loads(zmalloc("info", "--json").stdout)["backends"]]
KIB = 1024
BLOCKS = 20000 # of a KiB: 20 MiB
LONG = "400"   # ms that a process waits, by which it was looked at many times


def run(*args, **more):
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    return zmalloc("run", *args, **more)


class Run(InFolder):
    def lines(self, text):
        return [json.loads(line) for line in text.splitlines()]

    def check_figures(self, line):
        """Exact, since the program allocates nothing in its last 400 ms."""
        self.assertEqual((line["allocs"], line["frees"]), (BLOCKS, 0))
        self.assertGreaterEqual(line["used_bytes"], BLOCKS * KIB)
        self.assertGreaterEqual(line["peak_bytes"], line["used_bytes"])
        self.assertGreaterEqual(line["vmhwm_bytes"], line["rss_bytes"])
        self.assertGreater(line["rss_bytes"], BLOCKS * KIB)

    def test_each_backend(self):
        for backend in BACKENDS:
            result = run("-b", backend, "--stats=stderr", "--", ENDS, str(BLOCKS), LONG, "kill")
            self.assertEqual(result.returncode, -signal.SIGKILL)
            line, = self.lines(result.stderr)
            self.assertEqual((line["backend"], line["ended"], line["told"]), (backend, "SIGKILL", "looks"))
            self.assertEqual(line["command"], os.path.basename(ENDS)[:15])
            self.assertGreater(line["age_ms"], 0)
            self.check_figures(line)

    def test_crash_and_raw_exit(self):
        for how, ended, status in ("crash", "SIGSEGV", -signal.SIGSEGV), ("raw", "exit 0", 0):
            with self.subTest(how=how):
                result = run("--stats=stderr", "--", ENDS, str(BLOCKS), LONG, how)
                self.assertEqual(result.returncode, status)
                line, = self.lines(result.stderr)
                self.assertEqual(line["ended"], ended)
                self.check_figures(line)

    def test_table(self):
        result = run("--stats", "--", "/bin/sh", "-c", f"{ENDS} {BLOCKS} {LONG} kill; exit 3")
        self.assertEqual(result.returncode, 3)
        heading, *rows, total, most = result.stderr.replace("Killed\n", "").splitlines()
        self.assertEqual(heading.split(), "PID command backend used peak peak RSS allocations ended".split())
        shell, killed = rows
        self.assertTrue(shell.endswith("exit 3"), shell)
        self.assertRegex(killed, r" \d\d\.\d MiB .* k  (SIGKILL|ended); seen at most \d+ ms before$")
        self.assertRegex(total, r"^ +all  2 processes +\d\d\.\d MiB ")
        self.assertRegex(most, r"^most at once: 2 processes; memory (of 2 \d\d\.\d MiB \(sum of PSS\)|"
                               r"\d\d\.\d MiB \(peak RSS of the largest\)); in use \d\d\.\d MiB$")

    def test_file(self):
        """Only what is missing is added, and behind what was there."""
        for name in "all", "each-%p":
            with self.subTest(name=name):
                with open(self.path("all"), "w") as file:
                    file.write('{"pid":1}\n')
                result = run(f"--stats={self.path(name)}", "--", "/bin/sh", "-c", f"{ENDS} {BLOCKS} {LONG} kill; exit 3")
                self.assertEqual((result.returncode, result.stderr.replace("Killed\n", "")), (3, ""))
                names = [n for n in os.listdir(self.folder) if n.startswith(name[:4])]
                lines = [line for n in sorted(names) for line in self.lines(self.read(n)) if line["pid"] > 1]
                told = {line.get("told", "report"): line for line in lines}
                self.assertEqual((len(lines), sorted(told)), (2, ["looks", "report"]))
                self.check_figures(told["looks"])

    def test_pipe(self):
        """It is nobody's but its reader's: nothing is added to it, and nothing taken away."""
        os.mkfifo(self.path("pipe"))
        reader = os.open(self.path("pipe"), os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        result = run(f"--stats={self.path('pipe')}", "--", "/bin/sh", "-c", f"{ENDS} {BLOCKS} {LONG} kill; exit 3")
        self.assertEqual(result.returncode, 3)
        line, = self.lines(os.read(reader, 65536).decode())
        self.assertNotIn("told", line)

    def test_forked_process(self):
        """Without what it has from its parent."""
        script = "import os, time; a = [bytes(1000) for i in range(5000)]; " \
                 "pid = os.fork(); b = [bytes(1000) for i in range(0 if pid else 20000)]; " \
                 "pid or (time.sleep(0.5), os.kill(os.getpid(), 9)); os.wait()"
        result = run("-b", "libc", "--stats=stderr", "--", sys.executable, "-S", "-c", script,
                     env=environment(PYTHONMALLOC="malloc"))
        line = next(line for line in self.lines(result.stderr) if line.get("told") == "looks")
        self.assertGreater(line["inherited_allocs"], 5000)
        self.assertIn(line["allocs"] - line["inherited_allocs"], range(20000, 45000)) # and numbers
        self.assertIn(line["used_bytes"] - line["inherited_used_bytes"], range(20000000, 23000000))

    def test_daemon_goes_on(self):
        result = run("--stats", "--", ENDS, "0", "0", "daemon", str(BLOCKS), "3000", "raw")
        self.assertEqual(result.returncode, 0)
        self.assertRegex(result.stderr, r"(?m)  running$")

    def test_signals_are_passed_on(self):
        script = "trap 'exit 7' USR1; echo ready; while :; do sleep 0.05; done"
        with subprocess.Popen([ZMALLOC, "run", "--stats", "--", "/bin/sh", "-c", script], env=environment(),
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            process.stdout.readline()
            process.send_signal(signal.SIGUSR1)
            _, stderr = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 7, stderr)
        self.assertIn("exit 7", stderr)

    def test_dies_of_the_same_signal(self):
        with subprocess.Popen([ZMALLOC, "run", "--stats", "--", "/bin/sh", "-c", "echo ready; exec sleep 60"],
                              env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            process.stdout.readline()
            process.terminate()
            _, stderr = process.communicate(timeout=60)
        self.assertEqual(process.returncode, -signal.SIGTERM)
        self.assertIn("SIGTERM", stderr)

    def test_command_that_cannot_be_started(self):
        with open(self.path("text"), "w") as file:
            file.write("no program")
        os.chmod(self.path("text"), 0o755)
        self.assertIn("text", self.refused(126, "run", "--stats", self.path("text")))


class Compare(InFolder):
    def sample(self, *command, backend="libc", status=0):
        result = zmalloc("compare", "-n", "1", "-b", backend, "--no-control", f"--json={self.path('out')}", "--", *command)
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        return [r for r in map(json.loads, self.read("out").splitlines()) if r["record"] == "sample"][-1], result.stdout

    def test_raw_exit(self):
        for backend in BACKENDS[:2]:
            sample, _ = self.sample(ENDS, str(BLOCKS), LONG, "raw", backend=backend)
            self.assertEqual((sample["told"], sample["ended"], sample["processes"]), ("looks", "exit 0", 1))
            self.assertEqual(sample["allocs"], BLOCKS)
            self.assertGreaterEqual(sample["peak_live_bytes"], BLOCKS * KIB)
            self.assertGreater(sample["vmhwm_bytes"], BLOCKS * KIB)
            self.assertIsNotNone(sample["version"])

    def test_report_needs_no_looks(self):
        sample, _ = self.sample("/bin/sh", "-c", "exit 0")
        self.assertEqual((sample["told"], sample["ended"], "age_ms" in sample), ("report", "exit 0", False))

    def test_what_it_was_before_is_not_told(self):
        """The program of the same name that it becomes is gone before anybody can look."""
        for _ in range(10): # a look may fall into its millisecond
            sample, _ = self.sample(ENDS, str(BLOCKS), "50", "become", "0", "0", "raw", status=1)
            self.assertIn(sample["allocs"], (None, 0))
            if "became another program" in sample["reason"]:
                break
        self.assertIn("no process reported libc: it became another program after it was last seen", sample["reason"])

    def test_what_it_became_is_told(self):
        sample, _ = self.sample(ENDS, "100", "100", "become", str(BLOCKS), LONG, "raw")
        self.assertEqual(sample["allocs"], BLOCKS)

    def test_death_by_signal_is_a_failed_run(self):
        sample, _ = self.sample(ENDS, str(BLOCKS), LONG, "kill", status=1)
        self.assertEqual((sample["reason"], sample["ended"]), ("signal SIGKILL", "SIGKILL"))

    def test_table_says_what_was_only_seen(self):
        _, table = self.sample(ENDS, str(BLOCKS), LONG, "raw")
        self.assertRegex(table, r"(?m)^libc: what left no report counts as last seen, at most \d+ ms before its end$")


if __name__ == "__main__":
    unittest.main()
