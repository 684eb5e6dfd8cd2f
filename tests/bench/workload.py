"""Runs the workload programs under test, and what is known of every workload.

SPDX-License-Identifier: BSD-3-Clause
"""
import json
import os
import subprocess

FOLDER = os.environ["WORKLOADS"]
THREADS = "threads=2"

# Small parameters; bounds of the share of cross-thread frees, of the median size and of the largest.
KNOWN = {
    "cfrac-like": (["operations=30000"], (0, 0), (16, 16), (256, 256)),
    "larson": ([THREADS, "slots=50", "operations=5000"], (0.009, 0.011), (480, 520), (990, 1000)),
    "mstress": ([THREADS, "rounds=8", "operations=5000", "places=1000"], (0.02, 0.08), (240, 280),
                (4096, 5120000)),
    "rptest": ([THREADS, "operations=8000", "slots=100"], (0.26, 0.30), (4500, 5000), (15000, 16000)),
    "alloc-test": ([THREADS, "operations=20000", "slots=500"], (0, 0), (490, 530), (1000, 1024)),
    "producer-consumer": (["pairs=2", "batches=5"], (1, 1), (64, 64), (64, 64)),
    "bench-lifo": ([THREADS, "batches=20"], (0, 0), (128, 144), (250, 256)),
    "bench-cross": ([THREADS, "batches=20"], (1, 1), (128, 144), (250, 256)),
    "cache-scratch": ([THREADS, "objects=100", "writes=1000"], (0.005, 0.015), (1, 1), (1, 1)),
    "cache-thrash": ([THREADS, "objects=100", "writes=1000"], (0, 0), (1, 1), (1, 1)),
    "simple": (["operations=3000"], (0, 0), (32, 32), (64, 64)),
    "inverse-square": ([THREADS, "operations=20000"], (0, 0), (6, 9), (4096, 32768)),
    "large": (["operations=12", "slots=4"], (0, 0), (10 << 20, 20 << 20), (20 << 20, 25 << 20)),
    "thread-churn": ([THREADS, "all=100"], (0.55, 0.63), (128, 128), (128, 128)),
    "realloc-grow": (["lives=8", "max=4194304"], (0, 0), (16, 4 << 20), (65536, 4 << 20)),
    "calloc": (["operations=5000"], (0, 0), (1024, 4096), (200000, 262144)),
    "aging": (["phases=6", "live=4"], (0, 0), (64, 65536), (200000, 262144)),
}
# What threads leave one another decides what the next one does.
BY_CHANCE = {"mstress"}


def workload(api, *args, **variables):
    env = {k: v for k, v in os.environ.items() if not k.startswith(("ZMALLOC", "LD_PRELOAD"))}
    return subprocess.run([os.path.join(FOLDER, f"workload-{api}"), *args], env=env | variables,
                          text=True, timeout=100, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          check=False)


def oracle(test, api, *args, **variables):
    result = workload(api, *args, "--json", **variables)
    test.assertEqual((result.returncode, result.stderr), (0, ""))
    test.assertEqual(result.stdout.count("\n"), 1)
    return json.loads(result.stdout)
