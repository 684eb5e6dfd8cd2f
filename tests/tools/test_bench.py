"""zmalloc bench overhead on real allocators: shortened, but whole.

SPDX-License-Identifier: BSD-3-Clause
"""
import json
import os
import shutil
import subprocess
import tempfile
import unittest

from command import ZMALLOC, TestCase, environment, zmalloc

VARIANTS = {"direct", "static", "chosen", "fixed", "one-atomic", "padded-slots", "no-op"}
SHORT = ["-p", "2", "-n", "3", "-m", "1", "-s", "16"]


class Overhead(TestCase):
    def test_every_backend(self):
        backends = [b["name"] for b in json.loads(zmalloc("info", "--json").stdout)["backends"]]
        with tempfile.NamedTemporaryFile("r", suffix=".jsonl") as file:
            result = zmalloc("bench", "overhead", *SHORT, "-o", "malloc", f"--json={file.name}")
            self.assertEqual((result.returncode, result.stderr), (0, ""))
            lines = [json.loads(line) for line in file]
        for name in backends:
            own = [line for line in lines if line["backend"].rsplit("-", 1)[0] == name]
            self.assertEqual({line["variant"] for line in own}, VARIANTS, name)
            self.assertIn(own[0]["backend"] + ": what accounting costs", result.stdout)
            for line in own:
                self.assertEqual(len(line["samples_ns"]), 6)
                self.assertGreater(min(line["samples_ns"]), 0)
        self.assertEqual(len({line["seed"] for line in lines}), 1)

    def test_json_on_stdout(self):
        result = zmalloc("bench", "overhead", *SHORT, "-b", "libc", "-o", "sized", "--seed=5",
                         "--json=-")
        lines = [json.loads(line) for line in result.stdout.splitlines()]
        self.assertEqual({line["variant"] for line in lines}, VARIANTS | {"plain"})
        self.assertEqual({line["seed"] for line in lines}, {5})
        self.assertIn("sized/plain", result.stderr)

    def test_all_that_is_offered(self):
        """The words of the command's table are the programs' own."""
        def offered(option):
            lines = zmalloc("--complete", "bench", "overhead", option, "").stdout.splitlines()
            return [line.split("\t")[1] for line in lines]
        for option, key, others in ("-o", "operation", ["-s", "16"]), ("-s", "bytes", ["-o", "malloc"]):
            for given in [], [option, ",".join(offered(option))]:
                result = zmalloc("bench", "overhead", "-b", "libc", "-p", "1", "-n", "1", "-m", "1", "--json=-", *others, *given)
                lines = [json.loads(line) for line in result.stdout.splitlines()]
                self.assertEqual(list(dict.fromkeys(line[key] for line in lines)), offered(option))

    def test_refused(self):
        for args, status, word in [
            (["-o", "malloc,bogus"], 2, "bogus"),
            (["-s", "17"], 2, "17"),
            (["-n", "0"], 2, "0"),
            (["-n", "100", "-p", "11"], 2, "1000"),
            (["-b", "bogus"], 127, "bogus"),
            ([*SHORT, "-o", "malloc", "--json=/nowhere/x"], 125, "/nowhere/x"),
            ([*SHORT, "-b", "libc", "-o", "malloc", "--json=/dev/full"], 125, "/dev/full"),
        ]:
            with self.subTest(args=args):
                result = zmalloc("bench", "overhead", *args)
                self.assertEqual(result.returncode, status, result.stderr)
                self.assertIn(word, result.stderr)
                self.assertEqual(result.stderr.count("\n"), 1, result.stderr)

    def test_not_installed(self):
        with tempfile.TemporaryDirectory() as directory:
            alone = shutil.copy(ZMALLOC, directory)
            libraries = os.path.join(os.path.dirname(ZMALLOC), "..")
            env = environment(LD_LIBRARY_PATH=libraries)
            result = subprocess.run([alone, "bench", "overhead"], env=env, text=True, check=False,
                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual((result.returncode, result.stdout), (125, ""))
        self.assertIn("-Dbench=enabled", result.stderr)


if __name__ == "__main__":
    unittest.main()
