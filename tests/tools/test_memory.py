"""zmalloc info --memory: the figures, the limits, and processes that can't be looked at.

SPDX-License-Identifier: BSD-3-Clause
"""
import json
import mmap
import os
import resource
import shutil
import subprocess
import unittest

from command import ZMALLOC, TestCase, environment, zmalloc

WALKED = ["private_dirty_bytes", "private_resident_bytes", "shared_dirty_bytes", "pss_bytes"]


def memory(*args, **more):
    result = zmalloc("info", "--json", *args, **more)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


class Memory(TestCase):
    def test_another_process(self):
        block = mmap.mmap(-1, 32 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        before = memory("--memory=all", f"--pid={os.getpid()}")
        block.write(b"x" * len(block))
        after = memory("--memory=all", f"--pid={os.getpid()}")
        self.assertEqual(after["pid"], os.getpid())
        for section, key in [("memory", "rss_bytes"), ("memory", "private_dirty_bytes"),
                             ("memory", "anonymous_bytes"), ("fork", "later_at_most_bytes")]:
            grown = after[section][key] - before[section][key]
            self.assertAlmostEqual(grown, len(block), delta=4 << 20, msg=key)
        self.assertEqual(after["fork"]["at_once_bytes"], after["memory"]["page_tables_bytes"])

    def test_no_walk_unless_asked_for(self):
        found = memory("--memory")["memory"]
        self.assertEqual([found[key] for key in WALKED], [None] * len(WALKED))
        self.assertGreater(found["rss_bytes"], 0)
        self.assertIn("footprint_bytes", found)

    def test_text(self):
        text = zmalloc("info", "--memory=all").stdout
        for heading in "used", "shared", "a fork would cost", "limits":
            self.assertRegex(text, rf"(?m)^{heading}$")
        self.assertRegex(text, r"(?m)^  resident \(RSS\) +[\d.]+ [KM]iB$")
        self.assertRegex(text, r"(?m)^  private dirty +[\d.]+ [KM]iB$")
        self.assertRegex(text, r"(?m)^  at once +[\d.]+ KiB  the page tables$")
        self.assertRegex(text, r"(?m)^  effective +[\d.]+ [MGT]iB  set by ")
        self.assertNotIn("\033", text)
        self.assertFalse([line for line in text.splitlines() if line != line.rstrip()])
        # Amounts end in one column, from the first row to the limits'.
        rows = [line for line in text.splitlines()
                if line.startswith(("  resident", "  effective"))]
        self.assertEqual(len({line.index("iB") for line in rows}), 1, rows)

    def test_effective_limit(self):
        limits = memory("--memory")["limits"]
        known = [limits[key] for key in ("ram_bytes", "cgroup_bytes", "address_space_bytes")
                 if isinstance(limits[key], int)]
        self.assertEqual(limits["effective_bytes"], min(known))
        self.assertEqual([level["level"] for level in limits["levels"]],
                         list(range(len(limits["levels"]))))
        for level in limits["levels"]:
            self.assertTrue(os.path.isdir(level["path"]), level)
        if limits["effective_by"] == "cgroup" and limits["effective_level"] is not None:
            decides = limits["levels"][limits["effective_level"]]
            self.assertEqual(decides["limit_bytes"], limits["effective_bytes"])

    @unittest.skipIf(os.environ.get("SANITIZE", "none") != "none",
                     "a sanitizer's shadow needs more addresses than the limit leaves")
    def test_address_space_decides(self):
        def lower():
            resource.setrlimit(resource.RLIMIT_AS, (64 << 20, 64 << 20))
        limits = memory("--memory", preexec_fn=lower)["limits"]
        self.assertEqual(limits["effective_bytes"], 64 << 20)
        self.assertEqual((limits["effective_by"], limits["effective_level"]),
                         ("address_space", None))
        self.assertLess(limits["headroom_bytes"], 64 << 20)
        self.assertIn("set by address space",
                      zmalloc("info", "--memory", preexec_fn=lower).stdout)

    def test_pressure(self):
        pressure = memory("--memory")["pressure"]["machine"]["some"]
        try:
            with open("/proc/pressure/memory") as file:
                file.read()
        except OSError:
            self.assertIsNone(pressure)
        else:
            self.assertTrue(0 <= pressure["avg10_percent"] <= 100)

    def test_no_process(self):
        line = self.refused(125, "info", "--memory", "--pid=999999999")
        self.assertIn("999999999: no such process", line)

    def test_zombie(self):
        child = os.fork()
        if child == 0:
            os._exit(0)
        os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
        self.assertIn("zombie", self.refused(125, "info", "--memory", f"--pid={child}"))
        os.waitpid(child, 0)

    @unittest.skipUnless(os.geteuid() == 0 and shutil.which("setpriv"), "needs root and setpriv")
    def test_another_users_process(self):
        def look(what):
            # Root without the right to look at others, which can still read the command.
            command = [ZMALLOC, "info", "--json", what, f"--pid={sleeper.pid}"]
            return subprocess.run(
                ["setpriv", "--inh-caps=-all", "--bounding-set=-all,+dac_override", *command],
                env=environment(), text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        sleeper = subprocess.Popen(["cat"], stdin=subprocess.PIPE, user=65534)
        try:
            cheap, walked = look("--memory"), look("--memory=all")
        finally:
            sleeper.communicate()
        self.assertEqual((cheap.returncode, cheap.stderr), (0, ""))
        self.assertGreater(json.loads(cheap.stdout)["memory"]["rss_bytes"], 0)
        self.assertEqual(walked.returncode, 125)
        self.assertRegex(walked.stderr, rf"^zmalloc info: .* {sleeper.pid}: not permitted\n$")
        found = json.loads(walked.stdout)["memory"]
        self.assertIsNone(found["private_dirty_bytes"])
        self.assertGreater(found["rss_bytes"], 0)


if __name__ == "__main__":
    unittest.main()
