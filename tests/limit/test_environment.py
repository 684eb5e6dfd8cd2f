"""ZMALLOC_LIMIT: what it sets, what it refuses, and that it holds for a program that does not know us.

usage: test_environment.py HELD BACKEND [PRELOAD-LIBRARY]

SPDX-License-Identifier: BSD-3-Clause
"""
import os
import subprocess
import sys
import unittest

HELD, BACKEND = sys.argv[1:3]
PRELOAD = sys.argv[3] if len(sys.argv) > 3 else None
K, M, G, T = 1 << 10, 1 << 20, 1 << 30, 1 << 40


def run(command, limit, **more):
    env = {**os.environ, "ZMALLOC_BACKEND": BACKEND, "ZMALLOC_LIMIT": limit, **more}
    return subprocess.run(command, env=env, text=True, check=False, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=60)


class Limit(unittest.TestCase):
    def figures(self, limit, mib=0):
        result = run([HELD, str(mib)], limit)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        return [int(word) for word in result.stdout.split()]

    def test_values(self):
        for text, of, hard, soft in (
                ("hard=512M", 0, 512 * M, 0), ("soft=1", 0, 0, 1), ("hard=3G,soft=2g", 0, 3 * G, 2 * G),
                ("of=rss,hard=7T", 1, 7 * T, 0), ("hard=1K,soft=1024,of=used", 0, K, K), ("", 0, 0, 0)):
            with self.subTest(text):
                self.assertEqual(self.figures(text)[:3], [of, hard, soft])

    def test_effective(self):
        whole = self.figures("hard=effective")[1]
        self.assertGreater(whole, 16 * M)
        self.assertEqual(self.figures("hard=100%")[1], whole)
        of, hard, soft = self.figures("hard=effective,soft=50%")[:3]
        self.assertEqual((of, hard), (0, whole))
        self.assertLessEqual(abs(soft - whole / 2), 100)

    def test_holds(self):
        of, hard, soft, held, refused = self.figures("hard=16M", 64)
        self.assertEqual((hard, refused), (16 * M, 1))
        self.assertTrue(15 * M <= held <= 16 * M, held)

    def test_refused(self):
        for text in ("512M", "hard", "hard=", "hard=0", "hard=1Q", "hard=1MB", "hard=-1", "hard=0%", "hard=101%",
                     "hard=18446744073709551616", "hard=99999999T", "hard=1M,", ",hard=1M", "of=rss", "of=vsz,hard=1M",
                     "hard=1M,soft=2M", "weight=1", "hard=1 M", "hard=effectively"):
            with self.subTest(text):
                result = run([HELD], text)
                self.assertEqual((result.returncode, result.stdout), (-6, ""))
                self.assertRegex(result.stderr, r"\Azmalloc: ZMALLOC_LIMIT=.*: .+\n\Z")
                self.assertIn(f"ZMALLOC_LIMIT={text}: ", result.stderr)

    @unittest.skipUnless(PRELOAD, "no preload library in this build")
    def test_a_program_that_does_not_know_us(self):
        script = "import sys\ntry: x = bytearray(int(sys.argv[1]) << 20)\nexcept MemoryError: print('refused')\n" \
                 "else: print('given')"
        for mib, said in ((16, "given"), (256, "refused")):
            result = run([sys.executable, "-c", script, str(mib)], "hard=128M", LD_PRELOAD=PRELOAD)
            self.assertEqual((result.returncode, result.stdout, result.stderr), (0, said + "\n", ""))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
