"""Every example of --help, which those of the manual pages are, run in a fresh folder.

What is not run stands in one list, with the reason.

SPDX-License-Identifier: BSD-3-Clause
"""
import re
import shutil
import subprocess
import time
import unittest

from newcomer import SOURCE, ZMALLOC, Newcomer

REDIS = shutil.which("redis-server") and shutil.which("redis-cli")

NOT_RUN = {
    "zmalloc compare": "its job takes 2 s a run; tests/tools runs it",
    "zmalloc run -b mimalloc -- redis-server --port 7000": "runs until it is ended",
    "zmalloc run --wrap=fault:p=0.001:seed=42 -- sqlite3 test.db": "waits for input, and fails where it is to",
    "zmalloc bench -w larson,larson:threads=8,mstress -b libc,mimalloc": "takes 20 s; tests/tools/test_matrix.py",
    "zmalloc stat -i 1 $(pidof redis-server)": "runs until it is ended: tests/tools/test_live.py",
    "zmalloc top": "a screen: tests/tools/test_live.py",
    "zmalloc metrics --text -o /var/lib/prometheus/node-exporter/zmalloc.prom": "a folder of another program",
    "zmalloc metrics --listen=9797": "serves until it is ended: tests/tools/test_live.py",
    "zmalloc trial $(pidof redis-server)": "needs a server under load, and minutes: tests/switch",
    "zmalloc trial --children $(cat nginx.pid)": "needs an nginx under load, and minutes: tests/switch",
    "zmalloc trial 4711 --for 30 --rounds 5 --metric cpu --stay": "takes minutes: tests/switch",
    "zmalloc trial 4711 -b jemalloc,mimalloc --metric ./requests.sh --most": "takes minutes: tests/switch",
    "zmalloc switch $(pidof redis-server) mimalloc": "needs a server: tests/switch",
    "zmalloc switch --children $(cat nginx.pid) mimalloc": "needs an nginx: tests/switch",
}
# The one example of a manual page that --help has not: it needs another machine, as tests/machines has.
OVER_SSH = ["\tzmalloc compare --json=runs.jsonl -- make++",
            "ssh other zmalloc compare --json=- -- make 2>/dev/null >other.jsonl++",
            "zmalloc report runs.jsonl other.jsonl -o report.html"]
# What stands for a process in the examples.
PROCESS = "4711"
# What the user has done before.
BEFORE = {
    "zmalloc report": "zmalloc compare --json=runs.jsonl -- ./job && cp runs.jsonl other.jsonl",
    "zmalloc check --baseline=before.jsonl": "zmalloc check -b libc --json=before.jsonl -- python3 job.py",
}


def examples():
    """Of each subcommand, in the order of --describe."""
    described = subprocess.run([ZMALLOC, "--describe"], text=True, check=True, stdout=subprocess.PIPE).stdout
    return [line.split("\t")[1] for line in described.splitlines() if line.startswith("example\t")]


class Examples(Newcomer):
    def setUp(self):
        self.target = subprocess.Popen([ZMALLOC, "run", "-b", "libc", "--", "sh", "-c", "echo up; exec sleep 600"],
                                       env={**self.env, "ZMALLOC_SWITCH": "on"}, stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.target.stdout.close)
        self.addCleanup(self.target.wait)
        self.addCleanup(self.target.kill)
        self.target.stdout.readline()
        until = time.monotonic() + 30
        while subprocess.run([ZMALLOC, "stat", str(self.target.pid)], env=self.env, check=False,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode != 0:
            self.assertLess(time.monotonic(), until, "the process can't be read")
            time.sleep(0.05)

    def test_examples(self):
        every = list(dict.fromkeys(examples()))
        self.assertEqual(set(NOT_RUN) - set(every), set(), "these are no examples any more")
        self.assertGreater(len(every), 30)
        for example in every:
            if example in NOT_RUN or ("redis" in example and not REDIS):
                continue
            with self.subTest(example=example):
                before = [command for begin, command in BEFORE.items() if example.startswith(begin)]
                line = example.replace(PROCESS, str(self.target.pid))
                if line.endswith(" -"):
                    line += " <runs.jsonl"
                if line.startswith("zmalloc check"):
                    line += " || [ $? = 3 ]" # time may be undecided
                self.follow([*before, line], self.checkout)

    def test_manual_pages_have_no_others(self):
        """So that none of theirs is left out above."""
        for page in (SOURCE / "docs/man").glob("*.1.scd"):
            text = page.read_text(encoding="utf-8")
            part = re.search(r"(?ms)^# EXAMPLES\n(.*?)^# ", text + "\n# ")
            self.assertTrue(part, page.name)
            others = [line for line in part.group(1).split("\n") if line and not line.startswith("@examples")]
            self.assertEqual(others, OVER_SSH if page.stem == "zmalloc-report.1" else [], page.name)
            self.assertNotIn("```", text, page.name)


if __name__ == "__main__":
    unittest.main(verbosity=2)
