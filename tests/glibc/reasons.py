# SPDX-License-Identifier: BSD-3-Clause
"""What differs in glibc's own tests of malloc under the preload library, and why."""

# Not tests of malloc, or no programs: what is private to glibc, and parts of other tests.
ELSEWHERE = {
    "tst-alloc_buffer", "tst-dynarray", "tst-dynarray-at-fail", "tst-dynarray-fail",
    "tst-scratch_buffer", "tst-interpose-aux", "tst-interpose-aux-nothread",
    "tst-interpose-aux-thread", "tst-interpose-skeleton",
    # Linked statically: nothing can be preloaded.
    "tst-interpose-static-nothread", "tst-interpose-static-thread",
    # Of functions that left malloc for libc_malloc_debug.so, which is a malloc of its own.
    "tst-mallocstate",
}

DEBUG = "tests the malloc of libc_malloc_debug.so: two are preloaded, and ours comes first"
CHECKS = "wants the abort by which glibc's malloc answers misuse; ZMALLOC_WRAP=guard finds it under every backend"
FIGURES = "asks libc for its own heap, which holds nothing of the program's; used memory has the figure"

REASONS = {
    "tst-compathooks-on": DEBUG,
    "tst-malloc-usable": DEBUG,
    "tst-malloc-usable-tunables": DEBUG,
    "tst-mallinfo2": FIGURES,
    "tst-malloc-tcache-leak": FIGURES,
    "tst-malloc-stats-cancellation": "wants two arenas in what malloc_stats prints; it is libc's, which has one "
                                     "while the blocks are elsewhere",
    "tst-malloc-backtrace": CHECKS,
    "tst-safe-linking": CHECKS,
    "tst-tcfree1": CHECKS,
    "tst-tcfree2": CHECKS,
    "tst-malloc-fork-deadlock": "a fork handler of the allocator takes its locks before libc's fork takes the "
                                "streams'; the allocators' own libraries hang too, jemalloc's always, tcmalloc's "
                                "in 2 of 8 runs",
    "tst-malloc-thread-fail": "uses up the address space (RLIMIT_AS): jemalloc can't make an arena for a new "
                              "thread, and dies of it, in its own library too; not with MALLOC_CONF=narenas:1",
    "tst-mallocfork2": "forks in a signal handler that interrupted malloc, where POSIX allows no fork: "
                       "the fork handlers of jemalloc and tcmalloc wait for ever, in their own libraries too",
    "tst-mallocalign1": "mimalloc gives 8 bytes an address that is a multiple of 8 and not 16; "
                        "its own library does, and zmalloc does not",
}
