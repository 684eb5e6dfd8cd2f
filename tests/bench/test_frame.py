"""What all workloads share: parameters, seeds, the floor, and everything that is refused.

SPDX-License-Identifier: BSD-3-Clause
"""
import json
import os
import tempfile
import unittest

from workload import FOLDER, KNOWN, oracle, workload

APIS = "library", "preload", "none"


class Frame(unittest.TestCase):
    def refused(self, *args, api="none"):
        result = workload(api, *args)
        self.assertEqual((result.returncode, result.stdout), (2, ""), result.stderr)
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        return result.stderr

    def test_unknown_workload(self):
        for api in APIS:
            line = self.refused("bogus", api=api)
            for name in ["'bogus'", *KNOWN]:
                self.assertIn(name, line)

    def test_unknown_parameter(self):
        line = self.refused("larson", "bogus=1")
        for word in "'bogus'", "threads", "slots", "min", "max", "handovers", "sized", "seed":
            self.assertIn(word, line)

    def test_bad_values(self):
        for args, word in [
            ([], "no workload"),
            (["larson", "threads"], "'threads'"),
            (["larson", "threads="], "''"),
            (["larson", "threads=0"], "1 to 1024, not '0'"),
            (["larson", "threads=1025"], "'1025'"),
            (["larson", "threads=-1"], "'-1'"),
            (["larson", "threads=2x"], "'2x'"),
            (["larson", "slots=99999999999999999999999"], "slots"),
            (["larson", "sized=2"], "0 to 1"),
            (["larson", "seed=4294967296"], "seed"),
            (["larson", "min=100", "max=99"], "min is above max"),
            (["rptest", "threads=1"], "2 to 1024"),
            (["larson", "--bogus"], "--bogus"),
        ]:
            with self.subTest(args=args):
                self.assertIn(word, self.refused(*args))

    def test_help_and_list(self):
        for flag in "--help", "--list":
            result = workload("library", flag)
            self.assertEqual((result.returncode, result.stderr), (0, ""))
            self.assertLessEqual(max(map(len, result.stdout.splitlines())), 110)
        for name in KNOWN:
            self.assertIn(name, result.stdout)

    def test_cells(self):
        cells = workload("none", "--cells").stdout.splitlines()
        self.assertEqual([cell for cell in cells if ":" not in cell], list(KNOWN))
        self.assertIn("larson:sized=1", cells)
        for cell in cells:
            for flags in [], ["--quick"]:
                result = workload("none", *cell.split(":"), "--check", *flags)
                self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))
        self.assertIn("threads", self.refused("larson", "threads=0", "--check"))

    def test_seed(self):
        args = ["cfrac-like", "operations=10000"]
        first, again, other = [oracle(self, "none", *args, seed)
                               for seed in ("seed=1", "seed=1", "seed=2")]
        self.assertEqual(first["written"], again["written"])
        self.assertNotEqual(first["written"], other["written"])

    def test_blocks_that_overlap_are_found(self):
        """The floor's ring goes round while blocks live: the verification must see that."""
        told = oracle(self, "none", "larson", "threads=1", "operations=20000", "handovers=0")
        self.assertGreater(told["broken"], 0)
        self.assertNotEqual(told["written"], told["read"])
        self.assertIsNone(told["verified"])

    def test_files(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "oracle")
            account = os.path.join(folder, "account")
            result = workload("none", "simple", "operations=1000", f"--json={path}",
                              ZMALLOC_STATS=account)
            self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))
            with open(path, encoding="ascii") as file:
                self.assertEqual(json.loads(file.read())["workload"], "simple")
            with open(account, encoding="ascii") as file:
                self.assertEqual(json.loads(file.read())["backend"], "none")
            result = workload("none", "simple", "operations=1000", f"--json={folder}/no/where")
            self.assertEqual(result.returncode, 1)
            self.assertIn("no/where", result.stderr)
            result = workload("none", "simple", "operations=1000",
                              ZMALLOC_STATS=f"{folder}/no/where")
            self.assertEqual(result.returncode, 1)
            self.assertIn("no/where", result.stderr)

    def test_unknown_backend(self):
        result = workload("library", "simple", "operations=10", ZMALLOC_BACKEND="bogus")
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("bogus", result.stderr)

    def test_programs_are_there(self):
        for api in APIS:
            self.assertTrue(os.access(os.path.join(FOLDER, f"workload-{api}"), os.X_OK))


if __name__ == "__main__":
    unittest.main()
