"""subprojects/fetch.py in a checkout of its own, whose upstream is a server on the loopback and whose
distribution a directory.

SPDX-License-Identifier: BSD-3-Clause
"""
import hashlib
import http.server
import io
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
import unittest
from pathlib import Path

SOURCE = Path(os.environ["ZM_SOURCE"])
WRAP = """[wrap-file]
directory = {name}-1.0
source_url = {url}
source_filename = {name}-1.0.tar.gz
source_hash = {hash}
patch_directory = {name}
"""


def archive_of(top, files):
    """A .tar.gz of text files in the directory `top`."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, text in files.items():
            entry = tarfile.TarInfo(f"{top}/{name}")
            entry.size = len(text)
            tar.addfile(entry, io.BytesIO(text.encode()))
    return out.getvalue()


def sha256(data):
    return hashlib.sha256(data).hexdigest()


class Upstream(http.server.ThreadingHTTPServer):
    """Serves what is in `files`; of a path in `stalls` only the first half, and then waits."""
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.files, self.stalls, self.asked = {}, set(), []
        self.stalled, self.done = threading.Event(), threading.Event()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def stop(self):
        self.done.set()
        self.shutdown()
        self.server_close()


    def handle_error(self, *_):
        pass # who asks may go away


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        data = self.server.files.get(self.path)
        if data is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.path in self.server.stalls:
            self.wfile.write(data[:len(data) // 2])
            self.wfile.flush()
            self.server.stalled.set()
            self.server.done.wait()
        else:
            self.wfile.write(data)

    def log_message(self, *_):
        pass


class Fetch(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="zmalloc-fetch.")
        self.addCleanup(directory.cleanup)
        self.directory = Path(directory.name)
        self.subprojects = self.directory / "subprojects"
        self.cache = self.subprojects / "packagecache"
        self.subprojects.mkdir()
        shutil.copy(SOURCE / "subprojects/fetch.py", self.subprojects)
        self.upstream = Upstream()
        self.addCleanup(self.upstream.stop)
        (self.directory / "empty").mkdir()
        self.env = {"PATH": str(self.directory / "empty"), "PYTHONDONTWRITEBYTECODE": "1"} # no apt-get

    def wrap(self, name="jemalloc", url=None, files=None):
        """A wrap with an archive that has a file and an old meson.build. Returns the archive."""
        data = archive_of(f"{name}-1.0", files or {"code.c": f"{name}\n", "meson.build": "theirs\n"})
        path = f"/{name}-1.0.tar.gz"
        self.upstream.files[path] = data
        text = WRAP.format(name=name, url=url or self.upstream.url + path, hash=sha256(data))
        (self.subprojects / f"{name}.wrap").write_text(text)
        ours = self.subprojects / "packagefiles" / name
        (ours / "deep").mkdir(parents=True)
        (ours / "meson.build").write_text("ours\n")
        (ours / "deep/port.h").write_text("ours too\n")
        return data

    def wrap_data(self, name):
        return self.upstream.files[f"/{name}-1.0.tar.gz"]

    def put_into_cache(self, data, name="jemalloc"):
        self.cache.mkdir(exist_ok=True)
        (self.cache / f"{name}-1.0.tar.gz").write_bytes(data)

    def command(self, *names, **settings):
        """As it is; or with settings of its own, say a shorter patience."""
        if not settings:
            return [sys.executable, self.subprojects / "fetch.py", *names]
        assign = "; ".join(f"fetch.{key} = {value!r}" for key, value in settings.items())
        return [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(self.subprojects)!r}); import fetch; "
                                      f"{assign}; fetch.main()", *names]

    def fetch(self, *names, status=0, **settings):
        """Its output, both streams."""
        result = subprocess.run(self.command(*(names or ["jemalloc"]), **settings), env=self.env, text=True, timeout=60,
                                cwd="/", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        self.assertEqual(result.returncode, status, result.stdout)
        self.assertEqual(list(self.subprojects.glob(".fetch-*")), [])
        return result.stdout

    def release(self, version, data, url=None, name="jemalloc"):
        """Adds a row to releases; upstream has the archive, unless there is a url."""
        path = f"/{name}-{version}.tar.gz"
        if url is None:
            self.upstream.files[path] = data
        with (self.subprojects / "releases").open("a") as file:
            file.write(f"{name} {version} {sha256(data)} {url or self.upstream.url + path}\n")

    def has_source(self, name="jemalloc", version="1.0", code=None):
        directory = self.subprojects / f"{name}-1.0"
        self.assertEqual((directory / ".release").read_text(), f"{version}\n")
        self.assertEqual((directory / "code.c").read_text(), code or f"{name}\n")
        self.assertEqual((directory / "meson.build").read_text(), "ours\n")
        self.assertEqual((directory / "deep/port.h").read_text(), "ours too\n")

    def has_nothing(self, name="jemalloc"):
        self.assertFalse((self.subprojects / f"{name}-1.0").exists())

    def cached(self):
        return sorted(path.name for path in self.cache.glob("*"))

    # ---- the cache ----

    def test_cache_first(self):
        self.put_into_cache(self.wrap())
        self.assertEqual(self.fetch(), "dev: jemalloc: subprojects/jemalloc-1.0 from "
                                       "subprojects/packagecache/jemalloc-1.0.tar.gz\n")
        self.has_source()
        self.assertEqual(self.upstream.asked, [])

    def test_cache_wrong(self):
        """It is told, upstream's takes its place."""
        data = self.wrap()
        self.put_into_cache(b"something else")
        lines = self.fetch().splitlines()
        self.assertEqual(lines[0], "dev: subprojects/packagecache/jemalloc-1.0.tar.gz is not used: its sha256 is "
                                   f"{sha256(b'something else')}, not {sha256(data)}")
        self.assertIn("from http://", lines[1])
        self.has_source()
        self.assertEqual((self.cache / "jemalloc-1.0.tar.gz").read_bytes(), data)

    def test_cache_other_name(self):
        """Put there by hand, under the name that a distribution gave it."""
        data = self.wrap(url="http://127.0.0.1:1/gone")
        self.release("1.0", data, "http://127.0.0.1:1/gone")
        self.cache.mkdir()
        (self.cache / "jemalloc_1.0.orig.tar.gz").write_bytes(data)
        self.assertEqual(self.fetch(), "dev: jemalloc: subprojects/jemalloc-1.0 from "
                                       "subprojects/packagecache/jemalloc_1.0.orig.tar.gz\n")
        self.has_source()

    def test_cache_older(self):
        """Better than none, but after upstream."""
        data = self.wrap()
        older = archive_of("jemalloc-0.9", {"code.c": "older\n"})
        self.release("1.0", data)
        self.release("0.9", older)
        self.cache.mkdir()
        (self.cache / "jemalloc-0.9.tar.gz").write_bytes(older)
        self.fetch()
        self.has_source()
        shutil.rmtree(self.subprojects / "jemalloc-1.0")
        (self.cache / "jemalloc-1.0.tar.gz").unlink()
        self.upstream.files.clear()
        self.assertIn("that is 0.9 instead of 1.0 (", self.fetch())
        self.has_source(version="0.9", code="older\n")

    # ---- a release that is asked for ----

    def test_release(self):
        data = self.wrap()
        self.release("1.0", data)
        self.release("0.9", archive_of("jemalloc-0.9", {"code.c": "older\n", "gone.c": "gone\n"}))
        self.fetch()
        self.assertEqual(self.fetch("jemalloc=1.0"), "") # it is there
        start = time.time() - 2
        self.assertEqual(self.fetch("jemalloc=0.9"), "dev: jemalloc: subprojects/jemalloc-1.0 from "
                                                     f"{self.upstream.url}/jemalloc-0.9.tar.gz\n"
                                                     "dev: jemalloc: that is 0.9 instead of 1.0\n")
        self.has_source(version="0.9", code="older\n")
        for path in (self.subprojects / "jemalloc-1.0").rglob("*"):
            if path.is_file():
                self.assertGreater(path.stat().st_mtime, start, path)
        self.assertEqual(self.fetch(), "") # it stays
        self.fetch("jemalloc=1.0")
        self.has_source()
        self.assertFalse((self.subprojects / "jemalloc-1.0/gone.c").exists())

    def test_release_that_cannot_be_had(self):
        """It or none: what was there stays."""
        self.release("1.0", self.wrap())
        self.release("0.9", b"", "http://127.0.0.1:1/gone")
        self.fetch()
        self.assertIn("dev: error: no source of jemalloc (", self.fetch("jemalloc=0.9", status=1))
        self.assertEqual(self.fetch("jemalloc=7", status=1),
                         "dev: error: jemalloc 7 is not in subprojects/releases, which has 1.0, 0.9\n")
        self.has_source()

    def test_optional(self):
        """What a build does without is left out, and that is said; asked for, it is had or is an error."""
        data = self.wrap("mimalloc2", url="http://127.0.0.1:1/gone")
        self.release("1.0", data, "http://127.0.0.1:1/gone", "mimalloc2")
        self.wrap()
        output = self.fetch("mimalloc2", "jemalloc")
        self.assertIn("dev: mimalloc2 is left out: no source of mimalloc2 (", output)
        self.assertIn("put the file with sha256 " + sha256(data), output)
        self.has_source()
        self.has_nothing("mimalloc2")
        self.assertIn("dev: error: no source of mimalloc2", self.fetch("mimalloc2=1.0", status=1))
        self.put_into_cache(data, "mimalloc2")
        self.fetch("mimalloc2")
        self.has_source("mimalloc2")

    # ---- upstream ----

    def test_upstream(self):
        data = self.wrap()
        self.assertEqual(self.fetch(), "dev: jemalloc: subprojects/jemalloc-1.0 from "
                                       f"{self.upstream.url}/jemalloc-1.0.tar.gz\n")
        self.has_source()
        self.assertEqual((self.cache / "jemalloc-1.0.tar.gz").read_bytes(), data)
        self.assertEqual(self.fetch(), "")
        self.assertEqual(len(self.upstream.asked), 1)

    def test_upstream_wrong(self):
        """Without apt-get that is the end; the other wrap is got all the same."""
        data = self.wrap()
        self.upstream.files["/jemalloc-1.0.tar.gz"] = b"tampered"
        self.wrap("mimalloc")
        output = self.fetch("jemalloc", "mimalloc", status=1)
        self.assertIn(f"jemalloc-1.0.tar.gz is not used: its sha256 is {sha256(b'tampered')}, not {sha256(data)}\n",
                      output)
        self.assertRegex(output, r"(?m)^dev: error: no source of jemalloc \(.*, there is no apt-get\); put the file "
                                 rf"with sha256 {sha256(data)} there: subprojects/packagecache/jemalloc-1.0.tar.gz$")
        self.has_nothing()
        self.has_source("mimalloc")
        self.assertEqual(self.cached(), ["mimalloc-1.0.tar.gz"])

    def test_upstream_missing(self):
        """An answer, if a bad one: the host is asked again for the next."""
        self.wrap()
        self.upstream.files.clear()
        self.wrap("mimalloc")
        self.assertIn("jemalloc-1.0.tar.gz can't be fetched (Not Found), there is no apt-get)",
                      self.fetch("jemalloc", "mimalloc", status=1))
        self.has_source("mimalloc")

    def test_unreachable_once(self):
        """A host that takes connections and never answers; the next wrap doesn't wait for it."""
        with socket.create_server(("127.0.0.1", 0)) as silent:
            for name in "jemalloc", "gperftools", "mimalloc":
                self.wrap(name, url=f"http://127.0.0.1:{silent.getsockname()[1]}/{name}")
            start = time.monotonic()
            output = self.fetch("jemalloc", "gperftools", "mimalloc", status=1, WAIT=2)
            self.assertLess(time.monotonic() - start, 4)
            silent.accept()[0].close()
            silent.setblocking(False)
            self.assertRaises(BlockingIOError, silent.accept)
        self.assertIn("/jemalloc can't be fetched (timed out)", output)
        self.assertEqual(len(re.findall(r"127\.0\.0\.1:\d+ can't be reached", output)), 2)

    def test_endless(self):
        """What drips in for ever is given up."""
        self.wrap()
        self.upstream.files["/jemalloc-1.0.tar.gz"] = b"x" * (16 << 20)
        self.assertIn("can't be fetched (not complete after 0 s)", self.fetch(status=1, PATIENCE=0))

    # ---- the distribution ----

    def distribution(self, package, archive):
        """A repository with that source package, the only one that the system's apt-get knows."""
        apt_get = shutil.which("apt-get")
        release = Path("/etc/os-release").read_text()
        suite = re.search(r'^VERSION_CODENAME="?(\w+)', release, re.M) if apt_get else None
        if not suite:
            self.skipTest("not a Debian-like system")
        self.env["PATH"] = os.environ["PATH"]
        self.env["APT_CONFIG"] = str(self.directory / "apt.conf")
        repository = self.directory / "repository"
        (repository / "pool").mkdir(parents=True)
        index = repository / f"dists/{suite[1]}/main/source"
        index.mkdir(parents=True)
        name = f"{package}_1.0.orig.tar.gz"
        (repository / "pool" / name).write_bytes(archive)
        sources = (f"Package: {package}\nBinary: {package}\nVersion: 1.0-1\nFormat: 3.0 (quilt)\nDirectory: pool\n"
                   f"Checksums-Sha256:\n {sha256(archive)} {len(archive)} {name}\n\n")
        (index / "Sources").write_text(sources)
        (index.parents[1] / "Release").write_text(f"Suite: {suite[1]}\nComponents: main\nSHA256:\n "
                                                  f"{sha256(sources.encode())} {len(sources)} main/source/Sources\n")
        (self.directory / "machine.list").write_text(f"deb [trusted=yes] file:{repository} {suite[1]} main\n")
        (self.directory / "apt.conf").write_text(f'Dir::Etc::sourcelist "{self.directory}/machine.list";\n'
                                                 'Dir::Etc::sourceparts "/dev/null";\n')
        return name

    def test_distribution(self):
        """Where upstream doesn't answer; what is upstream's own archive goes to the cache."""
        data = self.wrap("gperftools", url="http://127.0.0.1:1/gone")
        name = self.distribution("google-perftools", data)
        self.assertEqual(self.fetch("gperftools"), "dev: gperftools: subprojects/gperftools-1.0 from the "
                                                   f"distribution's source package, {name}\n")
        self.has_source("gperftools")
        self.assertEqual(self.cached(), ["gperftools-1.0.tar.gz"])
        self.assertFalse((self.cache / "gperftools-1.0.tar.gz").is_symlink()) # as apt-get makes here

    def test_distribution_after_wrong(self):
        data = self.wrap()
        self.upstream.files["/jemalloc-1.0.tar.gz"] = b"tampered"
        self.distribution("jemalloc", data)
        self.assertRegex(self.fetch(), r"(?s)is not used.* from the distribution's source package")
        self.has_source()

    def test_distribution_older(self):
        """The newest that is known, of what the distribution has; and it says so."""
        data = self.wrap(url="http://127.0.0.1:1/gone.tar.gz")
        older = [archive_of(f"jemalloc-0.{minor}", {"code.c": f"{minor}\n"}) for minor in (9, 8)]
        self.release("1.0", data, "http://127.0.0.1:1/gone.tar.gz")
        self.release("0.9", older[0], "http://127.0.0.1:1/gone.tar.gz")
        self.release("0.8", older[1], "http://127.0.0.1:1/gone.tar.gz")
        name = self.distribution("jemalloc", older[1])
        self.assertEqual(self.fetch(), f"dev: jemalloc: subprojects/jemalloc-1.0 from the distribution's source package, {name}\n"
                                       "dev: jemalloc: that is 0.8 instead of 1.0 (http://127.0.0.1:1/gone.tar.gz can't be fetched "
                                       "([Errno 111] Connection refused), the distribution's source packages of jemalloc "
                                       "(1.0-1) don't have 1.0)\n")
        self.has_source(version="0.8", code="8\n")
        self.assertEqual(self.cached(), ["jemalloc-0.8.tar.gz"])
        self.assertEqual(self.fetch(), "") # once there it stays

    def test_distribution_repack(self):
        """Packed anew, under another name inside: known by a hash of its own. Meson would not take it
        from the cache."""
        self.wrap("mimalloc", url="http://127.0.0.1:1/gone")
        repack = archive_of("mimalloc-1.0+ds", {"code.c": "mimalloc\n"})
        self.distribution("mimalloc", repack)
        self.assertIn("no source of mimalloc", self.fetch("mimalloc", status=1))
        self.has_nothing("mimalloc")
        self.release("1.0", self.wrap_data("mimalloc"), "http://127.0.0.1:1/gone", "mimalloc")
        self.release("1.0", repack, "-", "mimalloc")
        self.assertNotIn("instead", self.fetch("mimalloc"))
        self.has_source("mimalloc")
        self.assertEqual(self.cached(), [])

    def test_distribution_wrong(self):
        """Another version, say."""
        self.wrap(url="http://127.0.0.1:1/gone")
        self.distribution("jemalloc", archive_of("jemalloc-2.0", {"code.c": "newer\n"}))
        self.assertIn("the distribution's source packages of jemalloc (1.0-1) don't have 1.0", self.fetch(status=1))
        self.has_nothing()

    def test_distribution_without(self):
        self.wrap(url="http://127.0.0.1:1/gone")
        self.distribution("something-else", b"")
        self.assertIn("the distribution's source packages of jemalloc (none) don't have", self.fetch(status=1))

    # ---- interrupted ----

    def check_interrupted(self, process, number):
        process.send_signal(number)
        process.communicate(timeout=30)
        self.has_nothing()
        self.assertEqual(self.cached(), [])

    def start(self):
        return subprocess.Popen(self.command("jemalloc"), env=self.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def test_interrupted_download(self):
        for number in signal.SIGINT, signal.SIGTERM, signal.SIGHUP:
            with self.subTest(number):
                shutil.rmtree(self.subprojects / "packagefiles", ignore_errors=True)
                self.wrap()
                self.upstream.stalls.add("/jemalloc-1.0.tar.gz")
                self.upstream.stalled.clear()
                process = self.start()
                self.assertTrue(self.upstream.stalled.wait(30))
                self.check_interrupted(process, number)
                self.assertEqual(process.returncode, 128 + number)
                self.assertEqual(list(self.subprojects.glob(".fetch-*")), [])
        self.upstream.stalls.clear()
        self.fetch()
        self.has_source()

    def test_killed_unpacking(self):
        """Killed, it can't clean up; but nothing half has a name that anybody looks for."""
        files = {f"{number}.c": "" for number in range(5000)}
        self.put_into_cache(self.wrap(files={**files, "code.c": "jemalloc\n"}))
        process = self.start()
        deadline = time.monotonic() + 30
        while not list(self.subprojects.glob(".fetch-*/unpacked/*/*/*")) and time.monotonic() < deadline:
            time.sleep(0.001)
        process.kill()
        process.communicate()
        self.has_nothing()
        for left in self.subprojects.glob(".fetch-*"):
            shutil.rmtree(left)
        self.fetch()
        self.has_source()

    # ---- our files over upstream's ----

    def test_lay_over(self):
        self.wrap()
        self.fetch()
        directory, ours = self.subprojects / "jemalloc-1.0", self.subprojects / "packagefiles/jemalloc"
        (ours / "meson.build").write_text("ours, later\n")
        (ours / "deep/more.h").write_text("new\n")
        (directory / "deep/port.h").write_text("tried here\n")
        later = time.time() + 10
        os.utime(directory / "deep/port.h", (later, later))
        old = (directory / "code.c").stat().st_mtime_ns
        self.assertEqual(self.fetch(), "")
        self.assertEqual((directory / "meson.build").read_text(), "ours, later\n")
        self.assertEqual((directory / "deep/more.h").read_text(), "new\n")
        self.assertEqual((directory / "deep/port.h").read_text(), "tried here\n")
        self.assertEqual((directory / "code.c").stat().st_mtime_ns, old)
        before = (directory / "meson.build").stat().st_ctime_ns
        self.fetch()
        self.assertEqual((directory / "meson.build").stat().st_ctime_ns, before, "touched without need")

    # ---- our own ----

    def test_wraps(self):
        """Every wrap of ours is one that it knows."""
        known = re.search(r"^PACKAGES = \{(.*?)\}", (SOURCE / "subprojects/fetch.py").read_text(), re.M | re.S)[1]
        self.assertEqual(sorted(re.findall(r'"([\w-]+)":', known)),
                         sorted(path.stem for path in (SOURCE / "subprojects").glob("*.wrap")))

    def test_releases(self):
        """Among them is the wrap's, as the wrap has it; they stand from the newest to the oldest."""
        rows = [line.split() for line in (SOURCE / "subprojects/releases").read_text().splitlines()
                if not line.startswith("#")]
        for name in {row[0] for row in rows}:
            wrap = (SOURCE / f"subprojects/{name}.wrap").read_text()
            default = [row for row in rows if row[0] == name and f"source_hash = {row[2]}\n" in wrap]
            self.assertEqual(len(default), 1, name)
            self.assertIn(f"source_url = {default[0][3]}\n", wrap)
            self.assertRegex(wrap, rf"(?m)^directory = .*-{re.escape(default[0][1])}$")
            versions = [[int(part) for part in row[1].split(".")] for row in rows if row[0] == name]
            self.assertEqual(versions, sorted(versions, reverse=True), name)
        for row in rows:
            self.assertRegex(" ".join(row), r"^[a-z]+2? [\d.]+ [0-9a-f]{64} (https://\S+\.tar\.\w+|-)$")

    def test_usage(self):
        for names in (["--"], ["nothing"], ["jemalloc="], ["nothing=1"]):
            self.assertIn("usage:", self.fetch(*names, status=2))


if __name__ == "__main__":
    unittest.main(verbosity=2)
