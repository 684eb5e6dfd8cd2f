"""The installed library, staged with DESTDIR: what is there, and three projects that use it.

SPDX-License-Identifier: BSD-3-Clause
"""
import os
import re
import unittest

from consumers import BACKENDS, BUILD, DEFAULT_BACKEND, MESON, SOURCE, VERSION, TestCase

PREFIX = os.environ["ZM_PREFIX"]
LIBDIR = os.environ["ZM_LIBDIR"]
WITHOUT = sorted({"mimalloc", "jemalloc", "tbbmalloc"} - set(BACKENDS))[-1]


class Installed(TestCase):
    def setUp(self):
        super().setUp()
        stage = self.directory / "stage"
        self.run_in(".", MESON, "install", "-C", BUILD, "--no-rebuild", "--quiet", "--destdir", stage)
        self.stage = stage
        self.prefix = stage / PREFIX.lstrip("/")
        self.libdir = self.prefix / LIBDIR
        self.env.update({
            "PKG_CONFIG_PATH": str(self.libdir / "pkgconfig"),
            "PKG_CONFIG_SYSROOT_DIR": str(stage),
            "PKG_CONFIG_ALLOW_SYSTEM_CFLAGS": "1",
            "PKG_CONFIG_ALLOW_SYSTEM_LIBS": "1",
            "LD_LIBRARY_PATH": str(self.libdir),
        })

    def test_files(self):
        self.assertTrue((self.stage).is_dir())
        outside = [path for path in self.stage.rglob("*") if path.is_file() and self.prefix not in path.parents]
        self.assertEqual(outside, [])
        for header in [*SOURCE.glob("include/*.h"), *SOURCE.glob("include/*.hpp"), *SOURCE.glob("include/zmalloc/*.h")]:
            name = header.relative_to(SOURCE / "include")
            self.assertEqual((self.prefix / "include" / name).read_text(), header.read_text())
        self.assertEqual(os.readlink(self.libdir / "libzmalloc.so"), "libzmalloc.so.0")
        self.assertEqual(os.readlink(self.libdir / "libzmalloc.so.0"), f"libzmalloc.so.{VERSION}")
        for path in self.prefix.rglob("*"):
            if path.suffix in (".pc", ".cmake", ".h"):
                self.assertNotIn(str(BUILD), path.read_text(), path)

    def test_command(self):
        zmalloc = self.prefix / "bin/zmalloc"
        if not zmalloc.exists():
            self.skipTest("a build without the zmalloc command")
        del self.env["LD_LIBRARY_PATH"] # it finds its library by itself
        output = self.run_in(".", zmalloc, "run", "-b", "libc", "--stats=stderr", "--", "/bin/sh", "-c",
                             "echo $LD_PRELOAD")
        self.assertIn('"backend":"libc"', output)
        self.assertIn(str(self.libdir / "libzmalloc-preload.so"), os.path.normpath(output.splitlines()[0]))

    def test_make(self):
        self.need("make", "pkg-config")
        project = self.project("make")
        self.run_in(project, "make")
        self.check_consumer(project / "consumer", "shared", others=BACKENDS)
        for name in "consumer-static", "consumer-all-static":
            self.check_consumer(project / name, "static", others=BACKENDS)
        self.assertEqual(self.needed(project / "consumer-all-static"), [])
        self.check_plugin(project / "libplugin.so")
        self.check_consumer(project / "consumer-new", "shared", others=BACKENDS)
        self.check_consumer(project / "consumer-new-all-static", "static", others=BACKENDS)

    def test_static_without_threads(self):
        """No -pthread: a program that never starts a thread owes the library nothing."""
        self.need("pkg-config")
        project = self.project("make")
        libs = self.run_in(project, "pkg-config", "--libs", "--static", "zmalloc").split()
        self.assertIn("-pthread", libs)
        flags = self.run_in(project, "pkg-config", "--cflags", "zmalloc").split()
        self.run_in(project, *self.env["CC"].split(), "-static", *flags, "consumer.c", "-o", "consumer",
                    *[word for word in libs if word != "-pthread"])
        self.check_consumer(project / "consumer", "static", others=BACKENDS)

    def test_pkg_config(self):
        self.need("pkg-config")
        for variable, value in {"backends": " ".join(BACKENDS), "default_backend": DEFAULT_BACKEND}.items():
            self.assertEqual(self.run_in(".", "pkg-config", f"--variable={variable}", "zmalloc"), value + "\n")
        self.run_in(".", "pkg-config", "--exists", f"zmalloc = {VERSION}")

    def test_meson(self):
        self.need("pkg-config")
        project = self.project("meson")
        for linkage in "shared", "static":
            self.run_in(project, MESON, "setup", linkage, f"-Dprefer_static={str(linkage == 'static').lower()}",
                        "--wrap-mode=nofallback")
            self.run_in(project, MESON, "test", "-C", linkage)
            for name in "consumer", "consumer_new":
                self.check_consumer(project / linkage / name, linkage, others=BACKENDS)
        self.check_plugin(project / "static/libplugin.so")

    def cmake(self, project, *options, status=0):
        # Without dpkg-architecture Meson puts libraries into lib64 on Debian, where CMake does not look.
        if self.libdir.name == "lib64":
            options += (f"-Dzmalloc_DIR={self.libdir}/cmake/zmalloc",)
        return self.run_in(project, "cmake", "-S", ".", "-B", "build", f"-DCMAKE_PREFIX_PATH={self.prefix}",
                           *options, status=status)

    def test_cmake(self):
        self.need("cmake", "make")
        project = self.project("cmake")
        self.cmake(project, f"-DBACKENDS={';'.join(BACKENDS)}")
        self.run_in(project, "cmake", "--build", "build")
        self.assertIn("100% tests passed", self.run_in(project / "build", "ctest"))
        self.check_consumer(project / "build/consumer", "shared", others=BACKENDS)
        self.check_consumer(project / "build/consumer_static", "static", others=BACKENDS)
        self.check_consumer(project / "build/consumer_new", "shared", others=BACKENDS)
        self.check_plugin(project / "build/libplugin.so")

    def test_cmake_refuses(self):
        self.need("cmake", "make")
        project = self.project("cmake")
        output = " ".join(self.cmake(project, f"-DBACKENDS={WITHOUT}", status=1).split())
        self.assertIn(f"no backend {WITHOUT} is built in; there are: {', '.join(BACKENDS)}", output)
        lists = project / "CMakeLists.txt"
        for version in "0.9", "1.0":
            lists.write_text(re.sub(r"zmalloc 0\.1", f"zmalloc {version}", lists.read_text()))
            self.assertIn(f"version: {VERSION}", self.cmake(project, status=1))
            lists.write_text(re.sub(rf"zmalloc {version}", "zmalloc 0.1", lists.read_text()))


if __name__ == "__main__":
    unittest.main(verbosity=2)
