#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""zmalloc switch --children and zmalloc trial --children, on a tree of real programs.

usage: test_children.py ZMALLOC LIBRARY
"""
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

ZMALLOC, LIBRARY = sys.argv[1:]

# The shell waits for all of them. WORKER allocates on and on; SERVER forks a child for each connection, which
# allocates for a while, answers which backend it has run at the end, and ends.
TREE = """
"$PYTHON" -c "$WORKER" &
"$PYTHON" -c "$WORKER" &
"$PYTHON" -c "$SERVER" &
env -u ZMALLOC_SWITCH "$PYTHON" -c "$IDLE" &
ZMALLOC_SWITCH=libc,jemalloc "$PYTHON" -c "$IDLE" &
env -u LD_PRELOAD sleep 1000 &
echo ready
wait
"""
WORKER = """
while True:
    kept = [bytes(200) for _ in range(1000)]
"""
IDLE = "import time; time.sleep(1000)"
SERVER = """
import ctypes, os, socket
find = ctypes.CDLL(None).dlvsym # the preload library's names are for those that were linked against them
find.restype, find.argtypes = ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p]
name = ctypes.CFUNCTYPE(ctypes.c_char_p)(find(None, b"zmalloc_backend_name", b"ZMALLOC_0"))
listening = socket.socket(socket.AF_UNIX)
listening.bind("socket")
listening.listen(64)
while True:
    connection, _ = listening.accept()
    if os.fork() == 0:
        for _ in range(30):
            kept = [bytes(200) for _ in range(1000)]
        connection.sendall(name())
        os._exit(0)
    connection.close()
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass
"""


def zmalloc(*arguments, timeout=60):
    return subprocess.run([ZMALLOC, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=timeout)


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="utf-8") as file:
        return [int(word) for word in file.read().split()]


def is_running(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        return file.read().rpartition(")")[2].split()[0] != "Z"


def tree_of(pid):
    """With the first of the tree, without what has ended."""
    found = [pid]
    for one in found:
        try:
            found += [child for child in children(one) if is_running(child)]
        except OSError:
            pass # has ended
    return found


class Tree(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.directory)

    def start(self, script, **more):
        environment = os.environ | {"LD_PRELOAD": LIBRARY, "ZMALLOC_SWITCH": "libc,jemalloc,mimalloc",
                                    "ZMALLOC_BACKEND": "libc", "PYTHONMALLOC": "malloc", "PYTHON": sys.executable,
                                    "WORKER": WORKER, "IDLE": IDLE, "SERVER": SERVER} | more
        tree = subprocess.Popen(["/bin/sh", "-c", script], env=environment, stdout=subprocess.PIPE, text=True,
                                cwd=self.directory, start_new_session=True)
        self.addCleanup(tree.communicate)
        self.addCleanup(os.killpg, tree.pid, signal.SIGKILL) # comes first
        self.assertEqual(tree.stdout.readline(), "ready\n")
        return tree

    def start_all(self):
        """The tree above, when each of it is what it is to be."""
        tree = self.start(TREE)
        wanted = {"may be switched to: libc, jemalloc, mimalloc": 4, "may be switched to: libc, jemalloc": 1,
                  "started without ZMALLOC_SWITCH=on": 1, "it has no account": 1}
        until = time.monotonic() + 30
        while time.monotonic() < until:
            reasons = [re.sub(r"^(\d+ .*?: )(?:\w+; )?|: not under.*", "", line)
                       for line in zmalloc("switch", "--children", tree.pid).stdout.splitlines()]
            if {reason: reasons.count(reason) for reason in reasons} == wanted and \
                    os.path.exists(os.path.join(self.directory, "socket")):
                return tree
            time.sleep(0.05)
        self.fail(reasons)

    def switch(self, tree, *arguments, status=0):
        """Lists of (PID, what is said of it), and what is on stderr."""
        done = zmalloc("switch", "--children", *arguments[:-1], tree.pid, arguments[-1])
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        lines = [re.fullmatch(r"(\d+) \S.*?: (.*)", line).groups() for line in done.stdout.splitlines()]
        return [(int(pid), text) for pid, text in lines], done.stderr

    def running(self, tree):
        """The backends of those that tell."""
        told = [zmalloc("stat", "--json", pid) for pid in tree_of(tree.pid)]
        found = [json.loads(done.stdout) for done in told if done.returncode == 0]
        return sorted(one["backend"] for one in found if "backend" in one)

    def connect(self):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(os.path.join(self.directory, "socket"))
            return connection.recv(100).decode()

    def connect_alone(self, tree):
        """Until the child that has answered is gone."""
        before, told = len(tree_of(tree.pid)), self.connect()
        until = time.monotonic() + 20
        while len(tree_of(tree.pid)) > before and time.monotonic() < until:
            time.sleep(0.01)
        return told


class Switch(Tree):
    def test_there_and_back(self):
        tree = self.start_all()
        for old, new, others in ("libc", "mimalloc", 1), ("mimalloc", "jemalloc", 0), ("jemalloc", "libc", 0):
            lines, stderr = self.switch(tree, new)
            self.assertEqual(stderr, "")
            self.assertEqual(lines[0], (tree.pid, f"{old} -> {new}")) # the first, so that who is forked has it
            self.assertEqual(sorted(pid for pid, _ in lines), sorted(tree_of(tree.pid)))
            texts = [text for _, text in lines]
            self.assertEqual(texts.count(f"{old} -> {new}"), 5 - others - (old == "mimalloc"), lines)
            self.assertEqual(texts.count("can't be switched to 'mimalloc', but to: libc, jemalloc"), others, lines)
            self.assertEqual(texts.count("started without ZMALLOC_SWITCH=on"), 1)
            self.assertEqual(sum(text.startswith("it has no account") for text in texts), 1)
            self.assertEqual(self.connect_alone(tree), new)
        self.assertEqual(self.running(tree), ["libc"] * 6)

    def test_children_of_another_thread(self):
        script = """
import subprocess, sys, threading, time
threading.Thread(target=lambda: subprocess.run([sys.executable, "-c", "import time; time.sleep(1000)"])).start()
print("ready", flush=True)
"""
        tree = self.start('exec "$PYTHON" -c "$THREADS"', THREADS=script)
        until, lines = time.monotonic() + 20, []
        while len(lines) < 2 and time.monotonic() < until:
            lines, _ = self.switch(tree, "mimalloc")
        self.assertEqual(len(lines), 2)
        self.assertEqual(lines[1][1].split(" -> ")[-1], "mimalloc")

    def test_purge(self):
        tree = self.start_all()
        self.switch(tree, "mimalloc")
        lines, _ = self.switch(tree, "--purge", "mimalloc")
        self.assertEqual([text for _, text in lines].count("mimalloc -> mimalloc"), 4)
        self.assertEqual(self.running(tree).count("mimalloc"), 4)

    def test_forks_meanwhile(self):
        """Whoever is forked has what was switched to, however the fork and the switch meet."""
        tree = self.start_all()
        over, told, now = threading.Event(), [], ["libc"]

        def load():
            while not over.is_set():
                before = set(now)
                try:
                    name = self.connect()
                except OSError:
                    return
                told.append((name, before | set(now)))

        clients = [threading.Thread(target=load) for _ in range(4)]
        for client in clients:
            client.start()
        try:
            turn, until = 0, time.monotonic() + 30
            while turn < 20 or (len(told) < 20 and time.monotonic() < until):
                turn += 1
                new = ("mimalloc", "jemalloc")[turn % 2]
                now.append(new) # while both may run
                self.switch(tree, new)
                now[:] = [new]
                seen = zmalloc("switch", "--children", tree.pid).stdout
                self.assertNotIn(("jemalloc", "mimalloc")[turn % 2] + "; may be switched to: libc, jemalloc, mimalloc",
                                 seen)
        finally:
            over.set()
            for client in clients:
                client.join(20)
        self.assertGreaterEqual(len(told), 20)
        for name, possible in told:
            self.assertIn(name, possible)

    def test_refused(self):
        tree = self.start_all()
        lines, stderr = self.switch(tree, "nonesuch", status=125)
        self.assertEqual(len(lines), 7)
        self.assertIn((tree.pid, "can't be switched to 'nonesuch', but to: libc, jemalloc, mimalloc"), lines)
        self.assertIn("neither it nor a descendant can be switched to that backend", stderr)
        self.assertEqual(self.running(tree), ["libc"] * 6)
        done = zmalloc("switch", "--children", "--purge", tree.pid)
        self.assertEqual((done.returncode, "--purge needs a backend" in done.stderr), (2, True))
        done = zmalloc("switch", "--children", 2 ** 31 - 1, "libc")
        self.assertEqual((done.returncode, "there is no such process" in done.stderr), (125, True))
        done = zmalloc("switch", "--children", 2 ** 31 - 1)
        self.assertEqual((done.returncode, "there is no such process" in done.stderr), (125, True))
        plain = self.start("sleep 1000 & echo ready; wait", LD_PRELOAD="")
        lines, stderr = self.switch(plain, "libc", status=125)
        self.assertEqual([text.split(":")[0] for _, text in lines], ["it has no account"] * 2)
        self.assertIn("neither it nor a descendant can be switched", stderr)

    def test_not_itself(self):
        """A shell of the tree may ask for it."""
        done = subprocess.run(["/bin/sh", "-c", '"$ZMALLOC" switch --children $$ mimalloc; exit $?'], check=False,
                              env=os.environ | {"LD_PRELOAD": LIBRARY, "ZMALLOC_SWITCH": "on", "ZMALLOC": ZMALLOC,
                                                "ZMALLOC_BACKEND": "libc"}, capture_output=True, text=True)
        self.assertRegex(done.stdout, r"\A\d+ sh: libc -> mimalloc\n\Z", done.stderr)
        self.assertEqual(done.returncode, 0)


class Trial(Tree):
    def trial(self, tree, *arguments, status=0):
        done = zmalloc("trial", "--children", tree.pid, *arguments)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout

    def test_goes_back(self):
        tree = self.start_all()
        told = json.loads(self.trial(tree, "--for", "0.6", "--rounds", "2", "--metric", "cpu", "--json"))
        self.assertEqual([(t["backend"], t["round"]) for t in told["turns"]],
                         [("libc", 1), ("jemalloc", 1), ("mimalloc", 1), ("mimalloc", 2), ("jemalloc", 2), ("libc", 2)])
        self.assertEqual((told["before"], told["now"], told["memory"]), ("libc", "libc", "pss"))
        for turn in told["turns"]:
            self.assertIsNone(turn["problem"])
            self.assertIsNone(turn["rss_bytes"])
            self.assertGreater(turn["pss_bytes"], 20e6) # five times python3
            self.assertEqual((turn["processes"], turn["processes_seen"]), (7, 7))
            self.assertEqual(turn["processes_switched"], 4 if turn["backend"] == "mimalloc" else 5, turn)
            self.assertGreater(turn["used_bytes"], 1e6)
            self.assertGreater(turn["allocs"], 1000)
            self.assertGreater(turn["cpu_s"], 0.1)
            self.assertAlmostEqual(turn["metric"], turn["cpu_s"] / turn["allocs"], places=12)
        self.assertEqual(self.running(tree), ["libc"] * 6)
        table = self.trial(tree, "--for", "0.2", "-b", "libc,mimalloc").splitlines()
        self.assertRegex(table[0], r"^backend +PSS +used +CPU +allocs/s +CPU/alloc +processes +PSS's ratio$")
        self.assertEqual(table[-1], "The processes run with libc again.")

    def test_processes_that_come_and_go(self):
        """The CPU time of those that end is not lost, nor that of the program they were waited for by."""
        tree = self.start('echo ready; while :; do "$PYTHON" -c "$SHORT"; done',
                          SHORT="for _ in range(60): kept = [bytes(200) for _ in range(9000)]")
        told = json.loads(self.trial(tree, "--for", "2.5", "--settle", "0.5", "-b", "mimalloc,libc", "--json"))
        for turn in told["turns"]:
            self.assertIsNone(turn["problem"])
            self.assertGreater(turn["processes_seen"], 3)
            self.assertGreater(turn["cpu_s"], 0.3 * turn["seconds"]) # it is never idle; others may be at work
            self.assertLess(turn["cpu_s"], 1.3 * turn["seconds"])
            self.assertGreater(turn["allocs"], 100000)

    def test_stays(self):
        tree = self.start_all()
        number = '[ "$ZMALLOC_TRIAL_BACKEND" = mimalloc ] && echo 1 || echo 2'
        self.assertIn("The processes run with mimalloc now.",
                      self.trial(tree, "--for", "0.2", "--metric", number, "--stay"))
        # The one that may not goes on as before.
        self.assertEqual(self.running(tree), ["libc"] * 2 + ["mimalloc"] * 4)
        self.assertEqual(self.connect_alone(tree), "mimalloc")
        by = f"'{ZMALLOC}' switch {children(tree.pid)[0]} libc >&2; echo 1"
        self.assertIn("Does not count: jemalloc in round 1: somebody else switched a process.",
                      self.trial(tree, "--for", "0.2", "--metric", by, "-b", "jemalloc,mimalloc", status=1))
        # Each goes back to what it had, not all to what the first has.
        self.assertEqual(zmalloc("switch", children(tree.pid)[0], "libc").returncode, 0)
        before = self.running(tree)
        self.trial(tree, "--for", "0.2")
        self.assertEqual(self.running(tree), before)

    def test_interrupted(self):
        tree = self.start_all()
        with subprocess.Popen([ZMALLOC, "trial", "--children", str(tree.pid), "-b", "mimalloc,libc", "--for", "30"],
                              stdout=subprocess.PIPE, text=True) as trial:
            until = time.monotonic() + 20
            while self.running(tree).count("mimalloc") < 4 and time.monotonic() < until:
                time.sleep(0.05)
            self.assertEqual(self.connect_alone(tree), "mimalloc")
            trial.send_signal(signal.SIGINT)
            told = trial.communicate(timeout=20)[0]
        self.assertEqual(trial.returncode, 128 + signal.SIGINT)
        self.assertIn("Does not count: mimalloc in round 1: interrupted.", told)
        self.assertEqual(self.running(tree), ["libc"] * 6)

    def test_root_ends(self):
        """Its descendants go back although nobody finds them any more."""
        tree = self.start_all()
        rest = tree_of(tree.pid)[1:]
        with subprocess.Popen([ZMALLOC, "trial", "--children", str(tree.pid), "-b", "mimalloc,libc", "--for", "30"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as trial:
            until = time.monotonic() + 20
            while self.running(tree).count("mimalloc") < 4 and time.monotonic() < until:
                time.sleep(0.05)
            tree.kill()
            tree.wait()
            told = trial.communicate(timeout=20)
        self.assertEqual(trial.returncode, 125, told)
        self.assertIn("there is no such process", told[1])
        self.assertNotIn("The processes run", told[0])
        for pid in rest:
            done = zmalloc("switch", pid)
            self.assertTrue(done.returncode == 125 or done.stdout.startswith("libc;"), done.stdout)

    def test_child_ends_and_another_executes(self):
        tree = self.start('"$PYTHON" -c "$WORKER" & "$PYTHON" -c "$WORKER" & "$PYTHON" -c "$BECOMES" & echo ready; wait',
                          BECOMES="import os, time; time.sleep(1.5); os.execve('/bin/sleep', ['sleep', '100'], {})")
        until = time.monotonic() + 20
        while self.running(tree) != ["libc"] * 4 and time.monotonic() < until:
            time.sleep(0.02)
        first = children(tree.pid)[0]
        threading.Timer(0.7, os.kill, (first, signal.SIGKILL)).start()
        told = json.loads(self.trial(tree, "--for", "1.5", "-b", "mimalloc,libc", "--json"))
        self.assertEqual([turn["problem"] for turn in told["turns"]], [None, None])
        self.assertEqual(told["turns"][1]["processes"], 3)
        self.assertEqual(told["turns"][1]["processes_switched"], 2)
        self.assertEqual(self.running(tree), ["libc"] * 2)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
