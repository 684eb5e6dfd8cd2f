"""Where the libraries of other packages are. A name's value is None where it is not installed.

SPDX-License-Identifier: BSD-3-Clause
"""
import glob
import platform
import subprocess


def by_loader(name):
    """The loader finds it by itself, if its cache knows it."""
    said = subprocess.run(["/sbin/ldconfig", "-p"], text=True, capture_output=True, check=False)
    return name if f"\t{name} " in said.stdout else None


def scudo():
    found = sorted(glob.glob("/usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.scudo_standalone-"
                             f"{platform.machine()}.so"))
    return found[-1] if found else None


PACKAGES = {"tbbmalloc": "libtbbmalloc2", "scudo": "libclang-rt-14-dev", "jemalloc": "libjemalloc2",
            "tcmalloc_minimal": "libtcmalloc-minimal4", "mimalloc": "libmimalloc2.0"}


def library(name):
    """What ZMALLOC_BACKEND takes, or None."""
    file = {"tbbmalloc": lambda: by_loader("libtbbmalloc.so.2"),
            "scudo": scudo,
            "jemalloc": lambda: by_loader("libjemalloc.so.2"),
            "tcmalloc_minimal": lambda: by_loader("libtcmalloc_minimal.so.4"),
            "mimalloc": lambda: by_loader("libmimalloc.so.2")}[name]()
    return file and f"lib:{file}"
