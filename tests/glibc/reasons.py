# SPDX-License-Identifier: BSD-3-Clause
"""What differs in glibc's own tests of malloc under the preload library, and why."""

# Not tests of malloc, or no programs: what is private to glibc, and parts of other tests.
ELSEWHERE = {
    "tst-alloc_buffer", "tst-dynarray", "tst-dynarray-at-fail", "tst-dynarray-fail",
    "tst-scratch_buffer", "tst-interpose-aux", "tst-interpose-aux-nothread",
    "tst-interpose-aux-thread", "tst-interpose-skeleton",
    # Linked statically: nothing can be preloaded.
    "tst-interpose-static-nothread", "tst-interpose-static-thread",
}

REASONS = {
}
