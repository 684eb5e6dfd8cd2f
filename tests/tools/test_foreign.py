"""Text that others have chosen (names, reasons, messages, files) never reaches the terminal as it is.

SPDX-License-Identifier: BSD-3-Clause
"""
import json
import os
import pty
import re
import shutil
import subprocess
import tempfile
import unittest

from command import ZMALLOC, TestCase, environment, zmalloc

SHELL = shutil.which("sh")
PRELOAD = os.environ.get("PRELOAD") == "1"
NASTY = "\033]0;owned\a\033[2J\x9b31m\u202e"
SHOWN = r"\x1b]0;owned\x07\x1b[2J\xc2\x9b31m\xe2\x80\xae"
FORBIDDEN = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]")


class Foreign(TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        self.env = environment(TMPDIR=self.directory.name, NO_COLOR="1")

    def path(self, name):
        return os.path.join(self.directory.name, name)

    def harmless(self, text, shown):
        self.assertIsNone(FORBIDDEN.search(text), repr(text))
        self.assertIn(shown, text)

    def test_error_messages(self):
        for status, *args in [
                (2, NASTY), (2, f"--{NASTY}"), (2, "run", f"--{NASTY}"), (2, "info", NASTY), (2, "bench", NASTY),
                (127, "run", NASTY), (127, "run", f"/nonexistent/{NASTY}"), (127, "run", "-b", NASTY, "true"),
                (127, "run", "-b", f"./{NASTY}.so", "true"), (2, "run", f"--wrap={NASTY}", "true"),
                (127, "compare", "-b", NASTY), (127, "compare", f"--with={NASTY}"), (127, "compare", "--", NASTY),
                (2, "compare", f"--time={NASTY}"),
                (2, "compare", f"--server={NASTY}", "--load={port}"),
                (2, "info", "--memory", f"--pid={NASTY}"), (2, "info", f"--memory={NASTY}"),
                (125, "report", self.path(NASTY)), (127, "bench", "overhead", "-b", NASTY)]:
            self.harmless(self.refused(status, *args, env=self.env), SHOWN)
        line = self.refused(127, "run", "a\nzmalloc run: all is well", env=self.env)
        self.assertIn(r"a\nzmalloc run: all is well", line)
        line = self.refused(127, "run", os.fsdecode(b"a\xff\x9b"), env=self.env)
        self.assertIn(r"a\xff\x9b", line)

    @unittest.skipUnless(PRELOAD, "no preload library")
    def test_error_messages_of_files(self):
        for status, *args in [(125, "run", f"--stats=/nonexistent/{NASTY}", "true"),
                              (125, "compare", f"--variants={self.path(NASTY)}", "true"),
                              (125, "compare", f"--json=/nonexistent/{NASTY}", "true")]:
            self.harmless(self.refused(status, *args, env=self.env), SHOWN)

    def record(self, **changes):
        """A file of samples with the changes in all of them."""
        lines = [{"format": 2, "record": "run", "run": "1", "tool": NASTY, "time": 1, "library": NASTY,
                  "host": {"name": f"host{NASTY}", "system": NASTY, "cpu": NASTY, "cores": 1, "thp": NASTY},
                  "backends": {"libc": NASTY}, "tunables": {NASTY: NASTY}, "counters": NASTY}]
        for block in range(1, 9):
            for row in "libc", "x\033[31m":
                lines.append({"format": 2, "record": "sample", "run": "1", "workload": f"work{NASTY}", "row": row,
                              "backend": row, "settings": [f"A={NASTY}"], "control": False, "version": NASTY,
                              "block": block, "seed": 1, "exit": 0, "ok": row == "libc" or block > 1,
                              "reason": f"reason{NASTY}", "wall_s": 1 if row == "libc" else 2, "user_s": 1, "sys_s": 1,
                              "vmhwm_bytes": 1e6} | changes)
        with open(self.path("samples"), "w", encoding="utf-8") as file:
            file.writelines(json.dumps(line) + "\n" for line in lines)
        return self.path("samples")

    def test_report(self):
        for changes in {}, {"ok": False}:
            text = zmalloc("report", self.record(**changes), env=self.env).stdout
            for shown in f"host{SHOWN}, {SHOWN}", f"workload: work{SHOWN}", r"x\x1b[31m", f"reason{SHOWN}":
                self.harmless(text, shown)

    def test_page(self):
        page = zmalloc("report", "-o-", self.record(), env=self.env).stdout
        for shown in f"host{SHOWN}", f"work{SHOWN}", f"A=&#39;{SHOWN}&#39; zmalloc run", r"x\x1b[31m":
            self.harmless(page, shown)

    def test_names_of_files_with_damaged_lines(self):
        with open(self.path(NASTY), "w", encoding="utf-8") as file:
            file.write("x\n" * 9)
        self.harmless(zmalloc("report", self.path(NASTY), env=self.env).stderr, f"{SHOWN}:5: not a whole")

    @unittest.skipUnless(PRELOAD, "no preload library")
    def test_messages_of_commands(self):
        job = f"printf 'before\\nlast{NASTY}' >&2; exit 3"
        result = zmalloc("compare", "-n", "1", "-b", "libc", SHELL, "-c", job, env=self.env)
        self.harmless(result.stderr, f"  | last{SHOWN}\n")
        self.harmless(result.stdout, r"workload: ")

    @unittest.skipUnless(PRELOAD, "no preload library")
    def test_names_of_accounts(self):
        job = "echo x > \"${ZMALLOC_STATS%/*}/$(printf 'a\\033b').json\""
        result = zmalloc("compare", "-n", "1", "-b", "libc", "--json=" + self.path("out"), SHELL, "-c", job,
                         env=self.env)
        self.harmless(result.stdout, r"line 1 of a\x1bb.json")
        self.harmless(result.stderr, r"line 1 of a\x1bb.json")
        with open(self.path("out"), encoding="utf-8") as file:
            self.assertIn("line 1 of a\033b.json", json.loads(file.readlines()[1])["reason"])

    @unittest.skipUnless(PRELOAD, "no preload library")
    def test_labels_of_variants(self):
        with open(self.path("variants"), "w", encoding="utf-8") as file:
            file.write("libc: libc\na\033[31mb: libc A=\033[2J\n")
        args = [f"--variants={self.path('variants')}", "-n", "8", SHELL, "-c", "exit 0"]
        result = zmalloc("compare", *args, env=self.env)
        self.harmless(result.stdout, r"a\x1b[31mb")
        self.harmless(result.stdout, "Pareto front")
        self.harmless(result.stderr, r"a\x1b[31mb")
        self.harmless(self.on_terminal("compare", *args).replace("\r", ""), r"a\x1b[31mb")

    def on_terminal(self, *args):
        try:
            controller, terminal = pty.openpty()
        except OSError as error:  # a chroot without /dev/pts
            self.skipTest(str(error))
        with subprocess.Popen([ZMALLOC, *args], env=self.env, stdin=terminal, stdout=terminal,
                              stderr=terminal) as process:
            os.close(terminal)
            text = b""
            while True:
                try:
                    chunk = os.read(controller, 4096)
                except OSError:  # the program's end is closed
                    break
                if not chunk:
                    break
                text += chunk
            os.close(controller)
            self.assertEqual(process.wait(60), 0)
        return text.decode()


if __name__ == "__main__":
    unittest.main()
