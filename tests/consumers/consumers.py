"""Projects of others, each built in a directory of its own.

SPDX-License-Identifier: BSD-3-Clause
"""
import hashlib
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
import unittest
from configparser import ConfigParser
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCE = Path(os.environ["ZM_SOURCE"])
BUILD = Path(os.environ["ZM_BUILD"])
BACKENDS = os.environ["ZM_BACKENDS"].split()
DEFAULT_BACKEND = os.environ["ZM_DEFAULT_BACKEND"]
VERSION = os.environ["ZM_VERSION"]
MESON = os.environ["ZM_MESON"]


def environment(**changes):
    """What the user, or meson test, has set must not decide a test."""
    foreign = ("ZMALLOC", "MALLOC_", "MESON", "PKG_CONFIG", "CMAKE", "LD_", "CPATH", "C_INCLUDE_PATH",
               "CFLAGS", "CXXFLAGS", "LDFLAGS", "DESTDIR", "MAKE", "MFLAGS")
    env = {k: v for k, v in os.environ.items() if not k.startswith(foreign)}
    env.update({"CC": os.environ["ZM_CC"], "CXX": os.environ["ZM_CXX"], "LC_ALL": "C"})
    return {**env, **{k: str(v) for k, v in changes.items()}}


class TestCase(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="zmalloc-consumer.")
        self.addCleanup(directory.cleanup)
        self.directory = Path(directory.name)
        self.env = environment()

    def need(self, *programs):
        for program in programs:
            if not shutil.which(program):
                self.skipTest(f"no {program}")

    def run_in(self, directory, *command, status=0, **env):
        """Its output, both streams."""
        result = subprocess.run([str(word) for word in command], cwd=directory, text=True, timeout=600,
                                env={**self.env, **{k: str(v) for k, v in env.items()}},
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, check=False)
        self.assertEqual(result.returncode, status, f"{' '.join(map(str, command))}\n{result.stdout}")
        return result.stdout

    def project(self, kind):
        """A copy of the consumer of that kind."""
        target = self.directory / kind
        shutil.copytree(HERE / kind, target)
        shutil.copy(HERE / "consumer.c", target)
        shutil.copy(HERE / "consumer_new.cc", target)
        shutil.copy(HERE / "versions/plugin.c", target)
        return target

    def needed(self, program):
        """The shared libraries that a program asks for."""
        return re.findall(r"\(NEEDED\).*\[(.*)\]", self.run_in(".", "readelf", "-d", program))

    def check_plugin(self, library):
        """It has a copy of its own, and is not unloaded."""
        self.assertNotIn("libzmalloc.so.0", self.needed(library))
        self.assertIn("NODELETE", self.run_in(".", "readelf", "-d", library))

    def check_consumer(self, program, linkage, backend=DEFAULT_BACKEND, others=()):
        asks = [name for name in self.needed(program) if name.startswith("libzmalloc")]
        self.assertEqual(asks, ["libzmalloc.so.0"] if linkage == "shared" else [])
        line = self.run_in(".", program)
        self.assertRegex(line, rf"^{re.escape(VERSION)} {backend}-[0-9.]+\n$")
        for other in others:
            self.assertIn(f" {other}-", self.run_in(".", program, ZMALLOC_BACKEND=other))


# ---- our sources, as others get them ----

def source_files():
    if (SOURCE / ".git").exists() and shutil.which("git"):
        listed = subprocess.run(["git", "-C", SOURCE, "ls-files", "-co", "--exclude-standard"], text=True,
                                check=True, stdout=subprocess.PIPE).stdout.splitlines()
    else: # a release
        listed = [str(path.relative_to(SOURCE)) for path in SOURCE.rglob("*")
                  if path.is_file() and not re.match(r"build|subprojects/([^/]*-[0-9]|packagecache|trees/subprojects)",
                                                     str(path.relative_to(SOURCE)))]
    return [name for name in listed if (SOURCE / name).is_file()]


def copy_sources(target):
    for name in source_files():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(SOURCE / name, target / name)


def release(directory):
    """An archive as a release has it."""
    name = f"zmalloc-{VERSION}"
    copy_sources(directory / name)
    archive = directory / f"{name}.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(directory / name, name)
    shutil.rmtree(directory / name)
    return archive


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def provide_allocators(project, names):
    """The allocators' archives where Meson keeps what it has downloaded, since a test downloads nothing;
    one whose archive is not here (./dev may have had another) as unpacked."""
    cache = project / "subprojects/packagecache"
    cache.mkdir(parents=True)
    cached = []
    for name in names:
        wrap = ConfigParser(interpolation=None)
        wrap.read(SOURCE / f"subprojects/{name}.wrap")
        wrap = wrap["wrap-file"]
        archive = SOURCE / "subprojects/packagecache" / wrap["source_filename"]
        if archive.exists() and sha256(archive) == wrap["source_hash"]:
            shutil.copy(archive, cache)
            cached.append(name)
        else:
            shutil.copytree(SOURCE / "subprojects" / wrap["directory"],
                            project / "subprojects" / wrap["directory"])
    return cached
