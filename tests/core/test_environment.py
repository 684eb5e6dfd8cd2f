"""Whose environment is obeyed: not that of a program that has cleared it, and of a set-user-ID program only
what can do no harm.

usage: test_environment.py PROGRAM DEFAULT-BACKEND

SPDX-License-Identifier: BSD-3-Clause
"""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

PROGRAM, DEFAULT = sys.argv[1:3]
NOBODY = 65534


def run(program, *args, user=None, **variables):
    return subprocess.run([program, *args], env={"PATH": "/usr/bin:/bin", **variables}, user=user, text=True,
                          check=False, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)


class Environment(unittest.TestCase):
    def said(self, result, stdout, stderr=""):
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, stdout + "\n", stderr))

    def test_obeyed(self):
        self.said(run(PROGRAM, ZMALLOC_BACKEND="libc", ZMALLOC_WRAP="count:to=/dev/null", ZMALLOC_LIMIT="hard=1G"),
                  f"libc wraps 'count:to=/dev/null' hard {1 << 30}")

    def test_cleared(self):
        """The kernel's copy still has the variables."""
        self.said(run(PROGRAM, "clear", ZMALLOC_BACKEND="libc", ZMALLOC_WRAP="count", ZMALLOC_LIMIT="hard=1G"),
                  f"{DEFAULT} wraps '' hard 0")

    def test_set_user_id(self):
        if os.getuid() != 0:
            self.skipTest("only root can make a set-user-ID program for another")
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o755)
            program = shutil.copy(PROGRAM, folder)
            os.chmod(program, 0o4755)
            if os.statvfs(folder).f_flag & os.ST_NOSUID:
                self.skipTest(f"{folder} is mounted nosuid")
            self.said(run(program, user=NOBODY, ZMALLOC_BACKEND="libc", ZMALLOC_WRAP="count",
                          ZMALLOC_LIMIT="hard=1G"), "libc wraps '' hard 0")
            self.said(run(program, user=NOBODY, ZMALLOC_BACKEND="lib:libevil.so"), f"{DEFAULT} wraps '' hard 0",
                      "zmalloc: ZMALLOC_BACKEND=lib:libevil.so: ignored, for a set-user-ID program takes no backend "
                      "from outside\n")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
