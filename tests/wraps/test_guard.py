#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Every misuse in misuse.c is caught by guard, with a report that names it and the block.

usage: test_guard.py MISUSE BACKEND
"""
import os
import re
import resource
import signal
import subprocess
import sys
import unittest

MISUSE, BACKEND = sys.argv[1:]

PAST, BEFORE = "written past the end of the block {0}", "written before the start of the block {0}"
FREED, NONE = "double free of {0}", "free of a pointer that is no block: {0}"
AT = r"0x[0-9a-f]+"
# What the report's first line says. {0}: the address that the program has printed.
CAUGHT = {
    "read_past_the_end": f"(read|access) past the end at {AT}",
    "write_past_the_end": f"(write|access) past the end at {AT}",
    "write_one_past_an_odd_end": PAST + ": first at its byte 101",
    "copy_a_string_without_its_zero": PAST + ": first at its byte 5",
    "copy_far_past_the_end": f"(write|access) past the end at {AT}",
    "write_past_the_end_and_never_free": PAST + ": first at its byte 40",
    "write_past_the_end_and_resize": PAST + ": first at its byte 51",
    "write_past_an_aligned_block": PAST + ": first at its byte 310",
    "write_past_a_zeroed_block": PAST + ": first at its byte 77",
    "write_past_what_a_block_was_shrunk_to": None,
    "write_before_the_start": BEFORE + ": bytes before it: 1",
    "write_before_a_whole_page": BEFORE + ": bytes before it: 8",
    "read_after_free": f"(read|access) after free at {AT}",
    "write_after_free": f"(write|access) after free at {AT}",
    "read_by_the_pointer_from_before_a_resize": f"(read|access) after free at {AT}",
    "write_after_another_thread_has_freed": f"(write|access) after free at {AT}",
    "double_free": FREED,
    "double_free_on_a_small_stack": FREED,
    "write_after_free_with_a_small_stack": f"(write|access) after free at {AT}",
    "double_free_after_many_others": FREED,
    "free_into_a_destroyed_heap": FREED,
    "write_past_a_heaps_block": PAST + ": first at its byte 101",
    "free_of_the_stack": f"free of a pointer that is no block: {AT}",
    "free_of_a_global": NONE,
    "free_of_libcs_block": NONE,
    "free_of_the_middle": f"free of a pointer that is no block: {AT}",
    "resize_of_a_freed_block": "realloc of a freed block: {0}",
    "resize_of_the_middle": f"realloc of a pointer that is no block: {AT}",
    "sized_free_with_too_little": "sized free of {0} with a wrong size: 99",
    "sized_free_with_too_much": "sized free of {0} with a wrong size: 128",
    "size_of_a_freed_block": "size asked of a freed block: {0}",
}
NOT_OURS = {"free_of_the_stack", "free_of_a_global", "free_of_libcs_block"}


def run(name, wrap):
    done = subprocess.run(
        [MISUSE, name], text=True, capture_output=True, timeout=60, check=False,
        env={"ZMALLOC_BACKEND": BACKEND, "ZMALLOC_WRAP": wrap},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0)))
    address, size = done.stdout.split("\n")[-2].split() if done.stdout else ("", "")
    return done, address, size


class Guard(unittest.TestCase):
    def caught(self, name, first, wrap="guard"):
        done, address, size = run(name, wrap)
        self.assertIn(done.returncode, (-signal.SIGABRT, -signal.SIGSEGV), done.stderr)
        lines = done.stderr.split("\n")
        self.assertRegex(lines[0], "^zmalloc guard: " + first.format(address))
        if name not in NOT_OURS:
            self.assertRegex(lines[1], f"^  block {address} of {size} bytes")
            self.assertIn("\n  allocated by thread ", done.stderr)
        self.assertIn("\n  found by thread ", done.stderr)
        self.assertEqual("\n  freed by thread " in done.stderr, ", freed" in lines[1], done.stderr)
        frames = re.findall(r"^    (.*)$", done.stderr, re.M)
        self.assertTrue(any(f.startswith(os.path.basename(MISUSE)) for f in frames), done.stderr)

    def test_every_misuse(self):
        for name, first in CAUGHT.items():
            with self.subTest(name):
                if first is None:  # more than a page away, or near: both are past the end
                    self.caught(name, f"((write|access) past the end at {AT}|" + PAST + ")")
                else:
                    self.caught(name, first)

    def test_right_use(self):
        for wrap in "guard", "guard:quarantine=0", "guard:blocks=0", "guard:frames=0":
            done, _, _ = run("nothing_wrong", wrap)
            self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_without_pages(self):
        """What patterns alone can find is found without pages too."""
        for name in ("write_one_past_an_odd_end", "write_before_the_start", "double_free",
                     "free_of_the_middle", "sized_free_with_too_little"):
            with self.subTest(name):
                self.caught(name, CAUGHT[name], "guard:blocks=0")
        self.caught("copy_a_string_without_its_zero", PAST, "guard:blocks=0")

    def test_report_that_nobody_reads(self):
        """The process dies of the misuse all the same, not of SIGPIPE."""
        read, write = os.pipe()
        os.close(read)
        for name, number in ("double_free", signal.SIGABRT), ("write_after_free", signal.SIGSEGV):
            done = subprocess.run(
                [MISUSE, name], stdout=subprocess.DEVNULL, stderr=write, timeout=60, check=False,
                env={"ZMALLOC_BACKEND": BACKEND, "ZMALLOC_WRAP": "guard"},
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0)))
            self.assertEqual(done.returncode, -number)
        os.close(write)

    def test_another_wrap_in_front(self):
        self.caught("double_free", FREED, "slow:ns=1,guard")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
