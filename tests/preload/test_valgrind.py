"""Under valgrind, which serves the program itself: it finds nothing in the library, and the report says so.

usage: test_valgrind.py VALGRIND LIBRARY BACKENDS ACTS

SPDX-License-Identifier: BSD-3-Clause
"""
import json
import os
import subprocess
import sys
import unittest

VALGRIND, LIBRARY, BACKENDS, ACTS = sys.argv[1:]
DONE = 7 # acts.c's STATUS
FOUND = 99


class Valgrind(unittest.TestCase):
    def test_every_backend(self):
        for backend in BACKENDS.split(","):
            env = {**os.environ, "LD_PRELOAD": LIBRARY, "ZMALLOC_BACKEND": backend, "ZMALLOC_STATS": "stderr"}
            result = subprocess.run([VALGRIND, "-q", f"--error-exitcode={FOUND}", ACTS, "allocate"], env=env, check=False,
                                    capture_output=True, text=True, timeout=120)
            self.assertEqual(result.returncode, DONE, result.stderr)
            account = json.loads(result.stderr)
            self.assertEqual((account["backend"], account["served_by"]), (backend, "valgrind"))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
