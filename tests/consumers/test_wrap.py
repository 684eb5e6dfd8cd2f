"""A Meson project that has nothing of ours but subprojects/zmalloc.wrap.

SPDX-License-Identifier: BSD-3-Clause
"""
import re
import shutil
import unittest

from consumers import (BACKENDS, MESON, SOURCE, VERSION, TestCase, copy_sources, provide_allocators,
                       release, sha256)

ALLOCATORS = ["jemalloc", "gperftools", "mimalloc"]
MIMALLOC_ALONE = [f"-Dzmalloc:{name}=disabled" for name in ("jemalloc", "tcmalloc", "tcmalloc_minimal")]


class Wrap(TestCase):
    def wrap_file(self, project):
        """The wrap of the guide, filled in for an archive that lies here."""
        archive = release(self.directory)
        guide = (SOURCE / "docs/meson.md").read_text()
        wrap = re.search(r"^```ini\n(\[wrap-file\]\n.*?)^```", guide, re.M | re.S).group(1)
        for key, value in {"source_url": archive.as_uri(), "source_hash": sha256(archive)}.items():
            wrap, count = re.subn(rf"^{key} = .*", f"{key} = {value}", wrap, flags=re.M)
            self.assertEqual(count, 1, key)
        wrap = wrap.replace("0.1.0", VERSION)
        (project / "subprojects/zmalloc.wrap").write_text(wrap)

    def wrap_git(self, project):
        """Ours, as it is: the clone lies beside the project."""
        clone = self.directory / "zmalloc"
        copy_sources(clone)
        git = ["git", "-c", "user.name=zmalloc", "-c", "user.email=zmalloc@localhost"]
        self.run_in(clone, *git, "init", "-q")
        self.run_in(clone, *git, "add", "-A")
        self.run_in(clone, *git, "commit", "-q", "-m", "zmalloc")
        (project / "subprojects/zmalloc.wrap").write_text((SOURCE / "zmalloc.wrap").read_text())

    def setup(self, project, *options, status=0):
        return self.run_in(project, MESON, "setup", "build", *options, status=status)

    def compile_and_test(self, project):
        self.run_in(project, MESON, "compile", "-C", "build")
        self.assertRegex(self.run_in(project, MESON, "test", "-C", "build"), r"(?m)^Ok: +2 *$")
        return project / "build/consumer"

    def test_wrap_file_with_all_allocators(self):
        """As Meson is by default: shared, and not optimized."""
        project = self.project("meson")
        cached = provide_allocators(project, ALLOCATORS)
        self.wrap_file(project)
        output = self.setup(project)
        for name in ALLOCATORS:
            self.assertRegex(output, rf"(?m)^ +{name} *: YES")
        for name in cached:
            self.assertIn(f"Using {name} source from cache", output)
        # What is for comparisons stays out of a subproject.
        expected = [name for name in BACKENDS if name not in ("mimalloc2", "rpmalloc", "snmalloc") and "@" not in name]
        self.check_consumer(self.compile_and_test(project), "shared", "mimalloc", expected)

    def test_wrap_git_static(self):
        self.need("git")
        project = self.project("meson")
        provide_allocators(project, ["mimalloc"])
        self.wrap_git(project)
        output = self.setup(project, "-Dbuildtype=release", "-Ddefault_library=static", *MIMALLOC_ALONE)
        self.assertIn("Message: mimalloc is the only allocator: called directly; "
                      "beside it ZMALLOC_BACKEND can choose libc alone\n", output)
        self.check_consumer(self.compile_and_test(project), "static", "mimalloc", ["libc"])
        self.check_plugin(project / "build/libplugin.so")

    def test_what_was_not_built(self):
        project = self.project("meson")
        provide_allocators(project, [])
        self.wrap_file(project)
        none = [*MIMALLOC_ALONE, "-Dzmalloc:mimalloc=disabled"]
        output = self.setup(project, *none, status=1)
        self.assertIn("default_backend=mimalloc is not built; this build has: libc\n", output)
        output = self.setup(project, *none, "-Dzmalloc:default_backend=tbbmalloc", status=1)
        self.assertIn("default_backend=tbbmalloc is not built; this build has: libc\n", output)

    def test_without_sources(self):
        """libc alone, where nobody asked for that: it is said, with how to be rid of it."""
        project = self.project("meson")
        provide_allocators(project, [])
        self.wrap_file(project)
        options = ["--wrap-mode=nodownload", "-Dzmalloc:default_backend=libc"]
        # The wrap of zmalloc itself is a file here, which is no download.
        self.setup(project, "-Dzmalloc:default_backend=libc", *MIMALLOC_ALONE, "-Dzmalloc:mimalloc=disabled")
        shutil.rmtree(project / "build")
        output = self.setup(project, *options)
        self.assertIn("WARNING: libc is the only allocator: the sources of the others are not there.", output)
        for name in "jemalloc", "tcmalloc", "tcmalloc_minimal", "mimalloc":
            self.assertRegex(output, rf"(?m)^ +{name} *: not built: no sources of it \(-D{name}=disabled,")
        output = self.setup(project, "--reconfigure", "-Dzmalloc:jemalloc=enabled", status=1)
        self.assertRegex(output, "ERROR: .*(jemalloc|downloading)")
        for name in "rpmalloc", "snmalloc":
            output = self.setup(project, "--reconfigure", f"-Dzmalloc:{name}=enabled", status=1)
            self.assertRegex(output, rf'ERROR: .*-D{name}=enabled: .*"./dev use {name}=[0-9.]+" gets them')
        # The system's own library does instead, if it is there.
        found = self.run_in(project, "cc", "-print-file-name=libtcmalloc.so").strip()
        output = self.setup(project, "--reconfigure", "-Dzmalloc:system_allocators=tcmalloc",
                            status=int(found == "libtcmalloc.so"))
        self.assertIn("the linker finds no libtcmalloc.so" if found == "libtcmalloc.so" else "the system's libtcmalloc.so",
                      output)

if __name__ == "__main__":
    unittest.main(verbosity=2)
