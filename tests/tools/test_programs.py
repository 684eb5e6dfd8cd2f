"""Programs under the real preload library: run, and compare.

SPDX-License-Identifier: BSD-3-Clause
"""
import json
import os
import pty
import re
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest

from command import ZMALLOC, TestCase, environment, zmalloc

BACKENDS = [b["name"] for b in json.loads(zmalloc("info", "--json").stdout)["backends"]]
SHELL = shutil.which("sh")
# Any shell allocates; a thousand small strings make sure.
SMALL_JOB = "i=0; x=; while [ $i -lt 200 ]; do i=$((i+1)); x=$x,$i; done; exit ${1:-0}"


def shell(script=SMALL_JOB, *args):
    return ["--", SHELL, "-c", script, "sh", *args]


def preload():
    """The preload library's file."""
    return zmalloc("run", *shell("echo ${LD_PRELOAD%%:*}"), env=environment(LD_PRELOAD=None)).stdout.strip()


class Scratch(TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        self.env = environment(TMPDIR=self.directory.name)

    def path(self, name):
        return os.path.join(self.directory.name, name)

    def records(self, name):
        with open(self.path(name)) as file:
            return [json.loads(line) for line in file]

    def samples(self, name):
        """Without the control's."""
        return [r for r in self.records(name) if r.get("record") != "run" and not r.get("control")]


class Misfits(Scratch):
    """Programs that the preload library can't be loaded into: one line, and they run as they are."""

    def program(self, name, content):
        path = os.path.join(self.directory.name, name)
        with open(path, "wb") as file:
            file.write(content)
        os.chmod(path, 0o755)
        return path

    def keeps_its_own(self, path, status, word):
        command = ["run", "-b", BACKENDS[-1], "--stats=stderr", "--", path]
        result = zmalloc(*command, cwd=self.directory.name, stdin=subprocess.DEVNULL)
        self.assertEqual(result.returncode, status, result.stderr)
        self.assertRegex(result.stderr, rf"^zmalloc run: '.*' is a .*{word}.*; it keeps its allocator, .*\n$")

    def test_32_bits(self):
        code = b"\xb8\x01\0\0\0\xbb\x07\0\0\0\xcd\x80" # exit(7), as i386 calls it
        address, size = 0x8048000, 52 + 32 + len(code)
        header = struct.pack("<4s5B7xHHIIIIIHHHHHH", b"\x7fELF", 1, 1, 1, 0, 0, 2, 3, 1, address + 84, 52, 0, 0,
                             52, 32, 1, 0, 0, 0)
        segment = struct.pack("<8I", 1, 0, address, address, size, size, 5, 4096)
        path = self.program("narrow", header + segment + code)
        try:
            self.assertEqual(subprocess.run([path], check=False).returncode, 7)
        except OSError:
            self.skipTest("this system runs no 32-bit programs")
        self.keeps_its_own(path, 7, "32-bit")

    def test_musl(self):
        """Told by its loader's name; here it is glibc's own under that name."""
        with open(SHELL, "rb") as file:
            content = file.read()
        loader = re.search(rb"/[^\0]*/ld-linux[^\0]*\0", content)
        if not loader:
            self.skipTest("the shell is not for glibc")
        os.symlink(loader.group()[:-1], os.path.join(self.directory.name, "ld-musl.so"))
        other = b"./ld-musl.so".ljust(len(loader.group()), b"\0")
        path = self.program("shell", content.replace(loader.group(), other))
        self.keeps_its_own(path, 0, "musl")


class Run(Scratch):
    def test_each_backend_serves_the_program(self):
        for backend in BACKENDS:
            result = zmalloc("run", "-b", backend, "--stats=stderr", *shell("echo hello"))
            self.assertEqual((result.returncode, result.stdout), (0, "hello\n"))
            account = json.loads(result.stderr)
            self.assertEqual(account["backend"], backend)
            self.assertGreater(account["allocs"], 0)

    def test_exit_status_is_the_commands(self):
        self.assertEqual(zmalloc("run", *shell("exit 7")).returncode, 7)
        self.assertEqual(zmalloc("run", *shell("kill -TERM $$")).returncode, -signal.SIGTERM)

    def test_words_after_the_command_are_its_own(self):
        self.assertEqual(zmalloc("run", "echo", "--stats", "-b").stdout, "--stats -b\n")

    def test_backend_of_the_environment(self):
        env = environment(ZMALLOC_BACKEND="libc")
        self.assertIn('"backend":"libc"', zmalloc("run", "--stats=stderr", *shell("exit 0"), env=env).stderr)

    def test_statistics_file(self):
        result = zmalloc("run", "--stats=here-%p.json", *shell("cd / && exit 0"), cwd=self.directory.name)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        names = os.listdir(self.directory.name)
        self.assertEqual(len(names), 1)
        self.assertEqual(names[0], f"here-{self.samples(names[0])[0]['pid']}.json")

    def test_statistics_file_in_a_directory_with_percent(self):
        os.mkdir(self.path("here-%p"))
        result = zmalloc("run", "--stats=100%%-%p", *shell("cd / && exit 0"), cwd=self.path("here-%p"))
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        name, = os.listdir(self.path("here-%p"))
        self.assertRegex(name, r"^100%-\d+$")

    def test_unwritable_statistics_file(self):
        line = self.refused(125, "run", "--stats=/nonexistent/file", "echo", "not run")
        self.assertIn("/nonexistent/file", line)

    def test_statistics_file_that_leads_elsewhere(self):
        """The preload library would not follow the link, nor wait for a reader."""
        os.symlink("elsewhere", self.path("link"))
        self.assertIn("it is a symbolic link",
                      self.refused(125, "run", f"--stats={self.path('link')}", "echo", "not run"))
        os.mkfifo(self.path("fifo"))
        self.assertIn("nobody reads from it",
                      self.refused(125, "run", f"--stats={self.path('fifo')}", "echo", "not run"))

    def test_wraps(self):
        result = zmalloc("run", "--wrap=count:to=counts,slow:ns=0", "--stats=stats", *shell("exit 3"),
                         cwd=self.directory.name)
        self.assertEqual((result.returncode, result.stderr), (3, ""))
        self.assertGreater(self.samples("counts")[0]["alloc"], 0)
        self.assertEqual(self.samples("stats")[0]["wraps"], "count:to=counts,slow:ns=0")

    def test_other_preloads_stay(self):
        env = environment(LD_PRELOAD="libm.so.6")
        self.assertRegex(zmalloc("run", *shell("echo $LD_PRELOAD"), env=env).stdout,
                         r"^/.*libzmalloc-preload\.so:libm\.so\.6\n$")


class Compare(Scratch):
    def compare(self, *args, env=None):
        return zmalloc("compare", *args, env=env or self.env)

    def test_all_backends(self):
        result = self.compare("-n", "3", "--seed=5", f"--json={self.path('out')}", *shell())
        self.assertEqual(result.returncode, 0, result.stderr)
        for backend in BACKENDS:
            self.assertRegex(result.stdout, rf"(?m)^{backend} +[\d.]+ +.*[\d.]+ ")
            self.assertRegex(result.stdout, rf"(?m)^{backend} +[\d.]+ +1\.00x " if backend == "libc"
                             else rf"(?m)^{backend} +[\d.]+ +[\d.]+x ")
        self.assertIn("3 blocks in shuffled order, seed 5;", result.stdout)
        self.assertIn("Too few blocks", result.stdout)
        self.assertNotIn("\033", result.stdout)
        for line in result.stdout.splitlines():
            self.assertTrue(len(line) <= 100 or line.startswith("workload: "), line)
            self.assertEqual(line, line.rstrip())
        self.assertEqual(len(re.findall("(?m)^block", result.stderr)), 3 * (len(BACKENDS) + 1))

        samples = self.samples("out")
        for block in 1, 2, 3:
            ran = [s["backend"] for s in samples if s["block"] == block]
            self.assertEqual(sorted(ran), sorted(BACKENDS))
        for s in samples:
            self.assertTrue(s["ok"])
            self.assertNotIn("reason", s)
            self.assertEqual((s["exit"], s["seed"]), (0, 5))
            self.assertIn("i=0; x=;", s["workload"])
            self.assertGreater(s["wall_s"], 0)
            self.assertGreaterEqual(s["user_s"] + s["sys_s"], 0)
            self.assertGreater(s["minflt"], 0)
            self.assertGreaterEqual(s["majflt"], 0)
            self.assertGreater(s["allocs"], 0)
            self.assertGreater(s["vmhwm_bytes"], s["peak_live_bytes"])
        self.assertEqual(len({s["allocs"] for s in samples}), 1)
        control = [r for r in self.records("out") if r.get("control")]
        self.assertEqual([(r["row"], r["backend"], r["block"]) for r in control],
                         [("libc again", "libc", b) for b in (1, 2, 3)])

    def test_record_of_the_run(self):
        env = environment(TMPDIR=self.directory.name, MALLOC_CONF="narenas:2")
        self.compare("-n", "1", "--seed=7", f"--json={self.path('out')}", *shell(), env=env)
        run, *samples = self.records("out")
        self.assertEqual((run["record"], run["format"], run["tool"], run["seed"]),
                         ("run", 2, "compare", 7))
        self.assertEqual({s["run"] for s in samples}, {run["run"]})
        self.assertEqual(run["host"]["name"], os.uname().nodename)
        self.assertEqual(run["host"]["cores"], os.sysconf("SC_NPROCESSORS_ONLN"))
        self.assertEqual(set(run["backends"]), set(BACKENDS))
        self.assertEqual(run["tunables"]["MALLOC_CONF"], "narenas:2")
        self.assertEqual(len(run["library_fnv1a"]), 16)

    def test_memory_over_time(self):
        self.compare("-n", "1", "-b", "libc", f"--json={self.path('out')}", *shell("sleep 0.2; exit 0"))
        rss = self.samples("out")[0]["rss"]
        self.assertGreater(len(rss["s"]), 5)
        self.assertEqual(len(rss["s"]), len(rss["bytes"]))
        self.assertEqual(rss["s"], sorted(rss["s"]))
        self.assertGreater(min(rss["bytes"]), 100000)

    def test_equal_backends_are_told_equal(self):
        """Stops at the blocks' least number or at the end of the time; on a busy machine the
        control itself may be off, and says so then."""
        result = self.compare("-b", "libc", "-t", "6", *shell())
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertRegex(result.stdout, r"wall time is within \+-2 %|the time of 6 s is over")
        self.assertRegex(result.stdout, "libc against itself: no difference|Careful|Too few blocks")

    @unittest.skipIf(len(BACKENDS) < 2, "one backend")
    def test_a_slow_backend_is_found(self):
        slow = next(b for b in BACKENDS if b != "libc")
        job = self.of_own_time(slow, 2, 1)
        result = self.compare("-b", f"libc,{slow}", "-n", "8", *shell(job))
        self.assertRegex(result.stdout, rf"(?m)^{slow} takes 2.0 times the time of libc")

    @staticmethod
    def of_own_time(backend, its, others):
        """A job that reports its time itself: no other process on the machine can change that."""
        return (f"s={others}; [ $ZMALLOC_BACKEND != {backend} ] || s={its}; "
                "echo '{\"wall_s\": '$s'}' > $ZMALLOC_RESULT; exit 0")

    def test_a_programs_own_figures(self):
        script = "echo '{\"operations\": 5000, \"latency_p99_ns\": 777, \"checksum\": 1, \"wall_s\": 2}'"
        result = self.compare("-n", "1", "-b", "libc", f"--json={self.path('out')}",
                              *shell(f"{script} > $ZMALLOC_RESULT; exit 0"))
        sample = self.samples("out")[0]
        self.assertEqual((sample["operations"], sample["latency_p99_ns"], sample["wall_s"]),
                         (5000, 777, 2))
        self.assertNotIn("latency_max_ns", sample)
        self.assertRegex(result.stdout, r"(?m)^libc .* 2\.500 1\.00x$")
        self.assertRegex(result.stdout, r"(?m)^libc +777\.0 1\.00x$")

    def test_a_programs_damaged_figures(self):
        for text in "{half", "[1]", '{\"operations\": \"many\"}', '{\"operations\": -1}':
            sample = self.reason(*shell(f"echo '{text}' > $ZMALLOC_RESULT; exit 0"))
            self.assertIn("ZMALLOC_RESULT", sample["reason"])

    def test_time_that_is_too_short(self):
        """It is kept all the same, and what could be measured is shown."""
        began = time.monotonic()
        result = self.compare("-t", "0.2", f"--json={self.path('out')}", *shell("sleep 0.2; exit 0"))
        self.assertLess(time.monotonic() - began, 20)
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stderr, r"(?m)^zmalloc compare: note: 0\.2 s are too little: a block of \d+ runs")
        self.assertIn("no block has ended in the time: --time", result.stdout)
        self.assertGreaterEqual(len(self.samples("out")) + ("libc again" in result.stderr), 1)

    def test_estimate_that_is_too_high(self):
        """The first run is the slowest; all the others go into the time."""
        script = f"[ -e {self.path('seen')} ] || sleep 2; : > {self.path('seen')}; exit 0"
        result = self.compare("-b", "libc", "-t", "5", *shell(script))
        self.assertIn("5 s are too little", result.stderr)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertNotIn("no block has ended", result.stdout)

    def test_missing_directory_for_reports(self):
        env = environment(TMPDIR="/nonexistent/here")
        for args in ["compare", "-n", "1", *shell()], ["bench", "-w", "simple:operations=500", "-n", "1"]:
            self.assertIn("can't make a directory in TMPDIR, '/nonexistent/here': No such file or directory",
                          self.refused(125, *args, f"--json={self.path('out')}", env=env)
                          if args[0] == "compare" else self.refused(125, *args, env=env))
        self.assertFalse(os.path.exists(self.path("out")))

    def test_time_is_kept(self):
        began = time.monotonic()
        result = self.compare("-b", "libc", "-t", "2", "-n", "500", *shell("sleep 0.1; exit 0"))
        self.assertLess(time.monotonic() - began, 20)
        self.assertIn("the time of 2 s is over", result.stdout)

    def test_seed_repeats_the_order(self):
        orders = []
        for name, seed in ("a", 1), ("b", 1), ("c", 2):
            self.compare("-n", "6", f"--seed={seed}", f"--json={self.path(name)}", *shell())
            orders.append([s["backend"] for s in self.samples(name)])
        self.assertEqual(orders[0], orders[1])
        if len(BACKENDS) > 1:
            self.assertNotEqual(orders[0], orders[2])

    def test_nothing_is_left_behind(self):
        self.compare("-n", "1", *shell())
        self.assertEqual(os.listdir(self.directory.name), [])

    def test_processes_of_a_shell_are_summed(self):
        """The peak is far above what a thread may hold before it is counted."""
        big = f"{SHELL} -c 'x=; i=0; while [ $i -lt 4000 ]; do i=$((i+1)); x=$x,$i$i$i$i; done'"
        self.compare("-n", "1", "-b", "libc", f"--json={self.path('one')}", *shell(f"{big}; exit 0"))
        self.compare("-n", "1", "-b", "libc", f"--json={self.path('two')}",
                     *shell(f"{big}; {big}; exit 0"))
        one, two = self.samples("one")[0], self.samples("two")[0]
        self.assertEqual((one["processes"], two["processes"]), (2, 3))
        self.assertGreater(two["allocs"], 1.3 * one["allocs"])
        self.assertLess(two["peak_live_bytes"], 1.5 * one["peak_live_bytes"])

    def test_forks_are_not_counted_twice(self):
        def allocs(script):
            self.compare("-n", "1", "-b", "libc", "--json=" + self.path("f"), *shell(script))
            sample = self.samples("f")[-1]
            self.assertTrue(sample["ok"], sample)
            return sample["allocs"]
        grow = "i=0; while [ $i -lt 400 ]; do i=$((i+1)); eval x$i=$i; done;"
        alone, forked = allocs(grow + "exit 0"), allocs(grow + "(exit 0); (exit 0); (exit 0); exit 0")
        self.assertGreater(alone, 400)
        self.assertLess(forked, 1.5 * alone)

    def test_processes_that_do_not_exit(self):
        """One is killed, and counts as it was last seen; one becomes a program without the library, which
        leaves no account, and no damage."""
        wait = "while :; do i=$((i+1)); [ $i -lt 30000 ] || break; done"
        script = f"{SHELL} -c 'i=0; {wait}; kill -9 $$'; (exec env -i {SHELL} -c 'i=0; {wait}'); exit 0"
        self.assertEqual(self.compare("-n", "1", "-b", "libc", f"--json={self.path('out')}",
                                      *shell(script)).returncode, 0)
        sample, = self.samples("out")
        self.assertTrue(sample["ok"], sample)
        self.assertEqual((sample["processes"], sample["told"]), (2, "both"))
        self.assertLess(0, sample["age_ms"])

    def test_only_children_report(self):
        """A script that becomes a program without the library: what it ran before is not its account."""
        sample = self.reason(*shell(f"{SHELL} -c 'exit 0'; exec env -u LD_PRELOAD {SHELL} -c 'exit 0'"))
        self.assertIn("only children of the command reported", sample["reason"])

    def test_failed_cell_keeps_the_rest(self):
        bad = BACKENDS[-1]
        result = self.compare("-n", "2", f"--json={self.path('out')}",
                              *shell(f"echo why >&2; [ $ZMALLOC_BACKEND != {bad} ] || exit 9"))
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stdout, rf"(?m)^{bad} +failed 2 of 2: exit status 9$")
        self.assertEqual(result.stderr.count("| why"), 1)
        for s in self.samples("out"):
            self.assertEqual(s["ok"], s["backend"] != bad)
            self.assertEqual(s["exit"], 0 if s["ok"] else 9)
            self.assertEqual(s.get("reason"), None if s["ok"] else "exit status 9")

    def test_failing_from_the_start_is_told_at_once(self):
        """One warm-up and one run in each row are enough to know; nothing is said of precision."""
        result = self.compare(f"--json={self.path('out')}", *shell("exit 3"))
        self.assertEqual(result.returncode, 1)
        self.assertEqual(len(self.records("out")), 1 + len(BACKENDS) + 1)
        self.assertIn("zmalloc compare: the warm-up failed under libc: exit status 3", result.stderr)
        self.assertIn("every run of the first block failed", result.stdout)
        self.assertIn("No run counts, so nothing can be told.", result.stdout)
        self.assertNotIn("medians of 0", result.stdout)
        self.assertNotIn("within", result.stdout)

    def test_small_programs_have_some_peak(self):
        """What a thread has not yet reported is not nothing."""
        result = self.compare("-n", "1", "-b", "libc", f"--json={self.path('out')}", *shell("a=1; unset a"))
        sample, = self.samples("out")
        self.assertGreater(sample["peak_slack_bytes"], 0)
        self.assertGreater(sample["allocs"], 0)
        self.assertNotRegex(result.stdout, r"(?m)^libc .* 0(\.0+)? 1\.00x|^libc .* 0(\.0+)? +-")

    def test_high_load_is_told(self):
        with open("/proc/loadavg") as file:
            load = float(file.read().split()[0])
        result = self.compare("-n", "1", "-b", "libc", *shell())
        cores = os.sysconf("SC_NPROCESSORS_ONLN")
        if not 0.9 < load / (1.5 * cores) < 1.1: # near the edge it may have crossed it meanwhile
            self.assertEqual("note: the load of this machine is" in result.stderr, load > 1.5 * cores, result.stderr)

    def python(self, *options, script="x = [[i] for i in range(20000)]", env=None):
        result = self.compare("-n", "1", "-b", "libc", f"--json={self.path('out')}", *options, "--",
                              *([sys.executable, "-c", script] if isinstance(script, str) else script), env=env)
        self.assertEqual(result.returncode, 0, result.stderr)
        return " ".join(result.stdout.split()), self.samples("out")

    def test_pools_of_python_are_told(self):
        text, (sample,) = self.python()
        self.assertEqual(sample["own_allocator"], "python")
        self.assertLess(sample["allocs"], 20000)
        self.assertIn("Careful: Python serves small objects from pools of its own", text)

    def test_a_script_is_python_too(self):
        with open(self.path("script"), "w") as file:
            file.write(f"#!{sys.executable}\nx = [[i] for i in range(20000)]\n")
        os.chmod(self.path("script"), 0o755)
        self.assertIn("Careful: Python", self.python(script=[self.path("script")])[0])

    def test_pymalloc_off(self):
        text, (sample,) = self.python("--pymalloc=off")
        self.assertGreater(sample["allocs"], 20000)
        self.assertEqual(sample["settings"], ["PYTHONMALLOC=malloc"])
        self.assertNotIn("own_allocator", sample)
        self.assertNotIn("Careful: Python", text)

    def test_pymalloc_off_by_the_user(self):
        env = environment(TMPDIR=self.directory.name, PYTHONMALLOC="malloc")
        self.assertNotIn("Careful: Python", self.python(env=env)[0])
        command = ["env", "PYTHONMALLOC=malloc", sys.executable, "-c", "pass"]
        self.assertNotIn("Careful: Python", self.python(script=command)[0])

    def test_pymalloc_both(self):
        text, samples = self.python("--pymalloc=both")
        allocs = {s["row"]: s["allocs"] for s in samples}
        self.assertEqual(set(allocs), {"libc", "libc direct"})
        self.assertGreater(allocs["libc direct"], 10000 + allocs["libc"])
        self.assertNotIn("Careful: Python", text)
        self.refused(2, "compare", "--pymalloc=maybe", "true")

    def test_memory_that_nobody_allocated(self):
        script = "import mmap; m = mmap.mmap(-1, 80 << 20); m.write(bytes(1 << 20) * 1); m.seek(0)\n" \
                 "for i in range(0, 80 << 20, 4096): m[i] = 1"
        self.assertRegex(self.python("--pymalloc=off", script=script)[0],
                         r"Careful: \d+\.\d MiB of the \d+\.\d MiB at peak were never allocated")

    def reason(self, *command, env=None, options=()):
        name = self.path("reason")
        result = self.compare("-n", "1", "-b", "libc", f"--json={name}", *options, *command, env=env)
        self.assertEqual(result.returncode, 1, result.stderr)
        sample = self.samples("reason")[-1]
        self.assertFalse(sample["ok"])
        self.assertIn(sample["reason"], result.stdout)
        return sample

    def test_death_by_signal(self):
        sample = self.reason(*shell("kill -SEGV $$"))
        self.assertEqual((sample["reason"], sample["exit"]), ("signal SIGSEGV", 128 + signal.SIGSEGV))
        for figure in "vmhwm_bytes", "allocs": # known if it was seen before
            self.assertEqual(sample[figure] is None, "told" not in sample)

    def test_program_that_drops_the_environment(self):
        self.assertIn("LD_PRELOAD", self.reason("--", "env", "-i", SHELL, "-c", "exit 0")["reason"])

    def test_library_that_is_no_preload(self):
        with open(self.path("no-library.so"), "w") as file:
            file.write("nothing")
        env = environment(TMPDIR=self.directory.name, ZMALLOC_PRELOAD=self.path("no-library.so"))
        self.assertIn("no process reported libc", self.reason(*shell(), env=env)["reason"])

    @unittest.skipIf(len(BACKENDS) < 2, "one backend")
    def test_other_backend(self):
        other = next(b for b in BACKENDS if b != "libc")
        sample = self.reason("--", "env", f"ZMALLOC_BACKEND={other}", SHELL, "-c", "exit 0")
        self.assertEqual(sample["reason"], f"a process ran under {other}")

    def test_damaged_account(self):
        script = 'echo "{half" > "${ZMALLOC_STATS%/*}/1.json"; exit 0'
        self.assertIn("damaged account", self.reason(*shell(script))["reason"])

    def test_timeout(self):
        began = time.monotonic()
        sample = self.reason(*shell("sleep 60"), options=["--timeout=0.3"])
        self.assertIn("0.3 s", sample["reason"])
        self.assertLess(time.monotonic() - began, 30)

    def test_without_proc(self):
        """Then nobody knows what is resident; all else is known."""
        env = environment(TMPDIR=self.directory.name, ZMALLOC_PRELOAD=preload(),
                          LD_LIBRARY_PATH=os.environ.get("LD_LIBRARY_PATH"))
        command = ["unshare", "-m", SHELL, "-c", 'umount -l /proc && exec "$@"', "sh", ZMALLOC, "compare", "-n", "1",
                   "-b", "libc", "--no-control", f"--json={self.path('out')}", *shell()]
        try:
            result = subprocess.run(command, env=env, text=True, check=False, stdout=subprocess.PIPE,
                                    stderr=subprocess.PIPE)
        except OSError as error:
            self.skipTest(str(error))
        if result.returncode in (1, 32) and "umount" in result.stderr or "unshare" in result.stderr:
            self.skipTest(result.stderr)
        self.assertEqual(result.returncode, 0, result.stderr)
        sample, = self.samples("out")
        self.assertIsNone(sample["vmhwm_bytes"])
        self.assertGreater(sample["allocs"], 0)
        self.assertRegex(result.stdout, r"(?m)^libc +[\d.]+ +[\d.]+ +-$")

    def test_json_on_stdout(self):
        result = self.compare("-n", "1", "-b", "libc", "--json=-", *shell())
        run, *samples = map(json.loads, result.stdout.splitlines())
        self.assertEqual((run["record"], samples[0]["backend"]), ("run", "libc"))
        self.assertIn("seed", result.stderr)

    def test_json_is_appended_to_a_broken_line(self):
        with open(self.path("out"), "w") as file:
            file.write('{"half":')
        self.compare("-n", "1", "-b", "libc", f"--json={self.path('out')}", *shell())
        with open(self.path("out")) as file:
            lines = file.read().splitlines()
        self.assertEqual(lines[0], '{"half":')
        self.assertEqual(json.loads(lines[1])["record"], "run")

    def test_unwritable_json(self):
        self.assertIn("/nonexistent/x", self.refused(125, "compare", "--json=/nonexistent/x", *shell()))

    def test_json_on_a_full_disk(self):
        result = self.compare("-n", "1", "-b", "libc", "--json=/dev/full", *shell())
        self.assertEqual((result.returncode, result.stdout), (125, ""))
        self.assertIn("No space left", result.stderr)

    def test_disk_that_fills_up(self):
        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (1500, 1500))
        result = zmalloc("compare", "-n", "2", "-b", "libc", f"--json={self.path('out')}", *shell("exit 0"),
                         env=self.env, preexec_fn=limit, restore_signals=False)
        self.assertEqual(result.returncode, 125, result.stderr)
        self.assertEqual(result.stderr.count("any more: File too large"), 1)
        self.assertRegex(result.stdout, r"(?m)^libc +[\d.]+ +")

    def test_command_that_is_not_utf8(self):
        result = subprocess.run([ZMALLOC.encode(), b"compare", b"-n1", b"-blibc", b"--json=-", b"--",
                                 SHELL.encode(), b"-c", b"exit 0", b"\xff'"],
                                env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
        sample = json.loads(result.stdout.splitlines()[-1])
        self.assertEqual(sample["workload"], f"{SHELL} -c 'exit 0' '?'\\'''")

    def test_interrupt_keeps_what_there_is(self):
        process = subprocess.Popen(
            [ZMALLOC, "compare", "-n", "500", f"--json={self.path('out')}", *shell("sleep 0.1; exit 0")],
            env=self.env, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.kill)
        while process.stderr.readline().count("block 1 of 500") == 0:
            self.assertIsNone(process.poll())
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130)
        self.assertIn("stopped before the end", out)
        self.assertRegex(err, r"stopped after \d+ runs")
        self.assertTrue(all(s["ok"] for s in self.samples("out")))
        self.assertEqual(os.listdir(self.directory.name), ["out"])

    def on_terminal(self, env):
        try:
            controller, terminal = pty.openpty()
        except OSError as error:  # a chroot without /dev/pts
            self.skipTest(str(error))
        winner = next(b for b in BACKENDS if b != "libc")
        job = self.of_own_time(winner, 1, 2)
        process = subprocess.Popen([ZMALLOC, "compare", "-n", "8", "-b", f"libc,{winner}", *shell(job)], env=env,
                                   stdin=terminal, stdout=terminal, stderr=terminal)
        os.close(terminal)
        text = b""
        while True:
            try:
                chunk = os.read(controller, 4096)
            except OSError:  # the last terminal end is closed
                break
            if not chunk:
                break
            text += chunk
        os.close(controller)
        self.assertEqual(process.wait(60), 0)
        return text.decode()

    @unittest.skipIf(len(BACKENDS) < 2, "one backend")
    def test_terminal(self):
        text = self.on_terminal(self.env)
        self.assertIn("ETA", text)
        self.assertIn("\033[1;32m", text)
        self.assertNotIn("\033", self.on_terminal(environment(TMPDIR=self.directory.name, NO_COLOR="1")))


if __name__ == "__main__":
    unittest.main()
