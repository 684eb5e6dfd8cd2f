"""zmalloc compare --server, on real servers.

SPDX-License-Identifier: BSD-3-Clause
"""
import json
import os
import shutil
import sys
import tempfile
import unittest

from command import TestCase, environment, zmalloc

REDIS = shutil.which("redis-server") and shutil.which("redis-benchmark")

SERVER = """
import signal, socket, sys, time
stop = sys.argv[2]
signal.signal(signal.SIGTERM, signal.SIG_DFL if stop == "killed" else lambda *_: sys.exit(3))
if stop == "late":
    time.sleep(60)
if stop == "early":
    sys.exit("no such file")
s = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True:
    connection = s.accept()[0]
    data = connection.recv(100)
    if data == b"die":
        sys.exit(9)
    connection.sendall(data)
    connection.close()
"""
# Listens in the way of its first argument, on the address that is its second.
ANY = """
import os, signal, socket, sys, time
how, where = sys.argv[1:3]
if how == "daemon":
    if os.fork():
        os._exit(0)
    os.setsid()
if how == "deaf":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if how == "rude": # doesn't say that the port may be used again
    s = socket.socket()
    s.bind(("127.0.0.1", int(where)))
    s.listen()
elif how == "six":
    s = socket.create_server(("::1", int(where)), family=socket.AF_INET6)
elif how == "unix":
    s = socket.socket(socket.AF_UNIX)
    s.bind(where)
    s.listen()
elif how == "inherits":
    assert (os.environ["LISTEN_FDS"], int(os.environ["LISTEN_PID"])) == ("1", os.getpid())
    s = socket.socket(fileno=3)
else:
    s = socket.create_server(("127.0.0.1", int(where)))
if how == "slow":
    s.settimeout(0)
    time.sleep(0.25)
    s.settimeout(None)
    open(sys.argv[3], "w").close()
print("ready to", "serve", flush=True)
while True:
    connection = s.accept()[0]
    data = connection.recv(100)
    if data: # not of one who only tries whether we listen
        connection.sendall(data)
    connection.close()
"""
ANY_LOAD = """
import os, socket, sys
family, address = sys.argv[1:3]
for i in range(20):
    c = socket.socket({"6": socket.AF_INET6, "u": socket.AF_UNIX}.get(family, socket.AF_INET))
    c.connect(address if family == "u" else ("::1" if family == "6" else "127.0.0.1", int(address)))
    c.sendall(b"hello")
    assert c.recv(100) == b"hello"
assert len(sys.argv) < 4 or os.path.exists(sys.argv[3])
"""
LOAD = """
import json, os, socket, sys, time
assert not os.environ["LD_PRELOAD"]
for i in range(20):
    c = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
    c.sendall(sys.argv[2].encode())
    c.recv(100)
time.sleep(float(sys.argv[3]))
json.dump({"operations": 20, "latency_p99_ns": 5000}, open(os.environ["ZMALLOC_RESULT"], "w"))
"""


class Servers(TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = directory.name
        for name, text in ("server", SERVER), ("load", LOAD), ("any", ANY), ("any-load", ANY_LOAD):
            with open(self.path(name), "w") as file:
                file.write(text)
        self.env = environment(TMPDIR=self.directory, PYTHONMALLOC="malloc")

    def path(self, name):
        return os.path.join(self.directory, name)

    def compare(self, *options, server=None, load=None, stop="well", say="hello", sleep=0, backends="libc"):
        server = server or f"{sys.executable} -S {self.path('server')} {{port}} {stop}"
        load = load or f"{sys.executable} -S {self.path('load')} {{port}} {say} {sleep}"
        result = zmalloc("compare", "-n", "1", "-b", backends, "--no-control", f"--json={self.path('out')}",
                         f"--server={server}", f"--load={load}", *options, env=self.env)
        with open(self.path("out")) as file:
            self.samples = [r for r in map(json.loads, file) if r["record"] == "sample"]
        self.assertEqual([n for n in os.listdir(self.directory) if n.startswith("zmalloc-")], [])
        return result

    def test_each_backend(self):
        names = [b["name"] for b in json.loads(zmalloc("info", "--json").stdout)["backends"]]
        result = self.compare(backends=",".join(names), sleep=0.2)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(sorted(s["backend"] for s in self.samples), sorted(names))
        for s in self.samples:
            self.assertGreater(s["wall_s"], 0.2)
            self.assertGreater(s["allocs"], 1000)
            self.assertGreater(s["vmhwm_bytes"], 2 << 20)
            self.assertGreater(s["user_s"] + s["sys_s"], 0)
            self.assertEqual((s["operations"], s["latency_p99_ns"]), (20, 5000))
            self.assertGreater(max(s["rss"]["bytes"]), 2 << 20)
            self.assertLessEqual(max(s["rss"]["bytes"]), s["vmhwm_bytes"] + (1 << 20))

    def fails(self, *options, **more):
        result = self.compare(*options, **more)
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn(self.samples[-1]["reason"], result.stdout)
        return self.samples[-1]["reason"], result.stderr

    def test_server_that_never_listens(self):
        reason, complaint = self.fails("--listen=0.5", stop="late")
        self.assertNotIn("wall -", complaint)
        self.assertRegex(complaint, r"block 1 of 1  libc +CPU .* failed: the server did not listen")
        self.assertRegex(reason, r"did not listen on 127\.0\.0\.1:\d+ within 0\.5 s")

    def test_server_that_ends_early(self):
        reason, complaint = self.fails(stop="early")
        self.assertEqual(reason, "the server ended before it listened: exit status 1")
        self.assertIn("| no such file", complaint)

    def test_server_that_ends_under_load(self):
        self.assertEqual(self.fails(say="die")[0], "the server ended under load: exit status 9")

    def test_server_that_sigterm_kills(self):
        result = self.compare(stop="killed")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertGreater(self.samples[0]["allocs"], 1000)

    def test_server_that_a_script_starts(self):
        """The script reports too, but the row is of who listens."""
        server = f"{sys.executable} -S {self.path('server')} {{port}} well"
        for start, ok in ("", True), ("env -u LD_PRELOAD ", False):
            result = self.compare(server=f'sh -c "(exit 0); {start}{server}; exit 0"')
            self.assertEqual(self.samples[-1]["ok"], ok, result.stdout)
        self.assertIn("not the one that listens", self.samples[-1]["reason"])

    def any(self, how, *options, place="{port}", family="4", extra=""):
        result = self.compare(*options, server=f"{sys.executable} -S {self.path('any')} {how} {place} {extra}",
                              load=f"{sys.executable} -S {self.path('any-load')} {family} {place} {extra}")
        sample = self.samples[-1]
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertGreater(sample["allocs"], 1000)
        self.assertGreater(sample["vmhwm_bytes"], 2 << 20)
        return sample, result.stdout

    def test_where_it_listens(self):
        self.any("six", family="6")
        self.any("unix", place="{socket}", family="u")
        sample, _ = self.any("inherits", "--inherit-socket", "--ready-line=^ready to serve$")
        self.assertEqual(sample["processes"], 1)

    def test_when_it_is_ready(self):
        """The load would not find what the server makes when it is ready."""
        self.any("slow", "--ready-line=ready t[a-z] serve$", extra=self.path("one"))
        self.any("slow", f"--ready-command=test -e {self.path('two')}", f"--prepare=rm -f {self.path('two')}",
                 extra=self.path("two"))
        for option, reason in (("--ready-line=never", "did not write 'never' within 0.4 s"),
                               ("--ready-command=false", "was not ready for 'false' within 0.4 s")):
            with self.subTest(option=option):
                self.assertIn(reason, self.fails(option, "--listen=0.4")[0])

    def test_port_that_it_does_not_share(self):
        """The first port is held, so that nobody else takes it; then another one is tried that is not."""
        self.any("rude")

    def test_daemon(self):
        sample, _ = self.any("daemon")
        self.assertEqual(sample["told"], "report")

    def test_server_that_is_killed(self):
        for signal in "KILL", "SIGKILL", "9":
            sample, text = self.any("plain", f"--signal={signal}")
            self.assertEqual((sample["told"], sample["ended"]), ("looks", "SIGKILL"))
            self.assertLess(sample["age_ms"], 10000)
        self.assertIn("libc: what left no report counts as last seen, at most", text)

    def test_wrapper_of_the_same_name(self):
        """Its figures are the program's that it becomes, not the shell's before."""
        wrapper = self.path(os.path.basename(sys.executable))
        with open(wrapper, "w") as file:
            file.write(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
        os.chmod(wrapper, 0o755)
        alone, _ = self.any("plain", "--signal=KILL")
        self.compare("--signal=KILL", server=f"{wrapper} -S {self.path('any')} plain {{port}}",
                     load=f"{sys.executable} -S {self.path('any-load')} 4 {{port}}")
        self.assertAlmostEqual(self.samples[-1]["allocs"], alone["allocs"], delta=alone["allocs"] / 10)

    def test_server_that_does_not_stop(self):
        sample, text = self.any("deaf", "--stop-timeout=0.3")
        self.assertEqual((sample["told"], sample["ended"]), ("looks", "SIGKILL, late"))
        self.assertIn("libc: the server did not end in time, and was killed: --stop-timeout", text)
        sample, _ = self.any("deaf", "--signal=int")
        self.assertNotEqual(sample["ended"], "SIGKILL, late")

    def test_load_that_fails(self):
        reason, complaint = self.fails(sleep="x")
        self.assertEqual(reason, "the load: exit status 1")
        self.assertIn("could not convert string to float", complaint)

    def test_load_that_takes_too_long(self):
        self.assertEqual(self.fails("--timeout=1", sleep=60)[0], "the load took longer than 1 s")

    def test_wrong_usage(self):
        for args, word in [
            (["--server=true {port}"], "--load needs"),
            (["--load=x {port}"], "--server needs"),
            (["--server=sleep 5", "--load=true {port}"], "not 'sleep 5'"),
            (["--server=sleep '{port}", "--load=true {port}"], "--server: a quote"),
            (["--server=sleep {port}", "--load=true {port} | cat"], "--load: for | &"),
            (["--server=sleep {port}", "--load=true $(x) {port}"], "--load: for $(...)"),
            (["--server=sleep {port}", "--load=true {port}", "true"], "not 'true' too"),
            (["--server=sleep {port}", "--load=true {port}", "--listen=0"], "'0'"),
            (["--server=sleep {socket}", "--load=true"], "--load needs a command with {socket}"),
            (["--server=sleep 5", "--load=true {port}", "--ready-line=x"], "--load has {port}"),
            (["--server=sleep {port} {socket}", "--load=true {port}"], "not both"),
            (["--server=sleep {port}", "--load=true {port}", "--ready-line=x("], "--ready-line 'x('"),
            (["--server=sleep {port}", "--load=true {port}", "--ready-line="], "needs what the line has in it"),
            (["--server=sleep {port}", "--load=true {port}", "--ready-line=x", "--ready-command=true"], "either"),
            (["--server=sleep {port}", "--load=true {port}", "--ready-command=true |"], "--ready-command: for | &"),
            (["--server=sleep {port}", "--load=true {port}", "--inherit-socket"], "needs --ready-line"),
            (["--server=sleep {port}", "--load=true {port}", "--signal=NONE"], "no 'NONE'"),
            (["--server=sleep {port}", "--load=true {port}", "--signal=0"], "no '0'"),
            (["--server=sleep {port}", "--load=true {port}", "--stop-timeout=-1"], "'-1'"),
            (["--signal=KILL", "true"], "--signal is for a --server"),
            (["--ready-line=x"], "--ready-line is for a --server"),
        ]:
            with self.subTest(args=args):
                self.assertIn(word, self.refused(2, "compare", *args))
        self.refused(127, "compare", "--server=no-such-zm {port}", "--load=true {port}")
        self.refused(127, "compare", "--server=sleep {port}", "--load=true {port}", "--ready-command=no-such-zm")
        self.refused(127, "compare", "--server=sleep {port}", "--load=no-such-zm {port}")

    @unittest.skipIf(not REDIS, "no redis-server")
    def test_redis(self):
        result = self.compare(server="redis-server --bind 127.0.0.1 --port {port} --save '' --dir "
                                     + self.directory,
                              load="redis-benchmark -p {port} -t set -n 2000 -d 1000 -r 2000 -q")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertGreater(self.samples[0]["allocs"], 10000)
        self.assertGreater(self.samples[0]["peak_live_bytes"], 1 << 20)


if __name__ == "__main__":
    unittest.main()
