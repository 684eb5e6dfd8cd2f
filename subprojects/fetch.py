#!/usr/bin/env python3
"""Gets the sources that the wraps here name, for ./dev.

usage: subprojects/fetch.py WRAP[=VERSION]...

Meson would ask upstream alone, and where upstream can't be reached try again for minutes. Here an
archive in packagecache/ comes first, then upstream, then the source packages of the distribution
that this machine runs, those of its newer suites too; and where the wrap's release can't be had,
the newest other one that is listed in releases. Whichever it is, the sha256 decides. With =VERSION
it is that release or none, in place of the one that is there.

Neither root nor a change to the system is needed. The directory is the one that the wrap names,
whatever release is in it; its file .release tells which.

SPDX-License-Identifier: BSD-3-Clause
"""
import argparse
import configparser
import hashlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
CACHE = HERE / "packagecache"
WAIT = 10      # seconds for a host that doesn't answer
PATIENCE = 300 # seconds for a whole archive

# Debian's name of the source package; None: it has none.
PACKAGES = {"jemalloc": "jemalloc", "gperftools": "google-perftools", "mimalloc": "mimalloc",
            "mimalloc2": "mimalloc", "rpmalloc": None, "snmalloc": None, "jansson": "jansson", "cmocka": "cmocka"}

# What a build does without, and says so. Unless a release of it is asked for.
OPTIONAL = ["mimalloc2"]

# Besides the machine's own, of the places that it has its packages from.
NEWER_SUITES = ["stable", "testing", "unstable", "devel"]


class Unusable(Exception):
    """Why an archive can't be had from one place."""


class Wrap:
    def __init__(self, name):
        self.name = name
        config = configparser.ConfigParser(interpolation=None)
        config.read(HERE / f"{name}.wrap")
        values = config["wrap-file"]
        self.directory = HERE / values["directory"]
        self.url = values["source_url"]
        self.cached = CACHE / values["source_filename"]
        self.hash = values["source_hash"]
        self.ours = HERE / "packagefiles" / values["patch_directory"]
        self.releases = [Release(self, *words[1:]) for words in listed() if words[0] == name]
        if not self.releases: # one version is enough
            self.releases = [Release(self, self.directory.name.rpartition("-")[2], self.hash, self.url)]
        self.default = next(release for release in self.releases if release.hash == self.hash)

    def version(self):
        """Of what is in the directory."""
        stamp = self.directory / ".release"
        return stamp.read_text(encoding="utf-8").strip() if stamp.exists() else self.default.version


class Release:
    def __init__(self, wrap, version, sha256, url):
        self.version, self.hash, self.url = version, sha256, url
        end = "".join(re.findall(r"\.(?:tar\.)?\w+$", url))
        self.cached = wrap.cached if sha256 == wrap.hash else CACHE / f"{wrap.name}-{version}{end}"


def listed():
    path = HERE / "releases"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [line.split() for line in lines if line and not line.startswith("#")]


def say(text):
    print("dev:", text, flush=True)


def shown(path):
    return path.relative_to(HERE.parent)


def check(archive, name, *hashes):
    found = hashlib.sha256(archive.read_bytes()).hexdigest()
    if found not in hashes:
        say(f"{name} is not used: its sha256 is {found}, not {' or '.join(hashes)}")
        raise Unusable(f"{name} has sha256 {found}")


# ---- where archives come from: each returns one that has been checked, and what to call it ----

def from_cache(wrap, release, _):
    """By its name; or by its bytes, whatever it is called."""
    if release.cached.exists():
        check(release.cached, shown(release.cached), release.hash)
        return release.cached, shown(release.cached)
    for path in sorted(CACHE.glob(f"{wrap.name}*{release.version}*")):
        if hashlib.sha256(path.read_bytes()).hexdigest() == release.hash:
            return path, shown(path)
    raise Unusable("none in packagecache")


def download(url, path):
    end = time.monotonic() + PATIENCE
    with urllib.request.urlopen(url, timeout=WAIT) as response, path.open("wb") as file:
        while block := response.read(1 << 16):
            file.write(block)
            if time.monotonic() > end:
                raise TimeoutError(f"not complete after {PATIENCE} s")


unreachable = set() # hosts, so that one is waited for only once


def from_upstream(wrap, release, scratch):
    host = urllib.parse.urlsplit(release.url).netloc
    if host in unreachable:
        raise Unusable(f"{host} can't be reached")
    archive = scratch / wrap.name
    try:
        download(release.url, archive)
    except OSError as error:
        if not isinstance(error, urllib.error.HTTPError): # which is an answer
            unreachable.add(host)
        raise Unusable(f"{release.url} can't be fetched ({getattr(error, 'reason', error)})") from None
    check(archive, release.url, release.hash)
    return archive, release.url


def apt(tool, scratch, *arguments, **more):
    """apt-get or apt-cache with directories of its own, so that it needs no root."""
    options = {"Dir::Etc::sourcelist": scratch / "sources.list", "Dir::Etc::sourceparts": "/dev/null",
               "Dir::State::lists": scratch / "lists", "Dir::Cache": scratch / "cache",
               "APT::Sandbox::User": "root", "Acquire::http::Timeout": 2 * WAIT, "Acquire::Retries": 0}
    command = [tool, "-qq", *(f"-o{key}={value}" for key, value in options.items()), *arguments]
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, check=False, **more)


def apt_setup(scratch):
    """The sources at the places that the machine has its packages from, whatever the format of its
    lists, and what is there of newer suites. No signature is asked for: our hashes decide."""
    release = pathlib.Path("/etc/os-release").read_text(encoding="utf-8")
    codename = re.findall(r'^VERSION_CODENAME="?(\w+)', release, re.M)
    uris = subprocess.run(["apt-get", "--print-uris", "update"], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True, check=False).stdout
    own = [*codename, *NEWER_SUITES, "sid"]
    places = {place: None for suite in own for place in re.findall(rf"^'(.*)/dists/{suite}/InRelease'", uris, re.M)}
    lines = [f"deb-src [trusted=yes] {place} {suite} main universe\n" # the latter is Ubuntu's
             for place in places for suite in [*codename, *NEWER_SUITES]]
    (scratch / "sources.list").write_text("".join(lines), encoding="utf-8")
    for directory in "lists/partial", "cache/archives/partial":
        (scratch / directory).mkdir(parents=True)
    apt("apt-get", scratch, "update") # one archive of several may fail


def source_packages(scratch, package):
    """{sha256 of the archive: version of the package}, of all suites."""
    text = apt("apt-cache", scratch, "showsrc", "--only-source", package).stdout
    found = {}
    for stanza in text.split("\n\n"):
        version = re.search(r"^Version: (\S+)$", stanza, re.M)
        sums = re.findall(r"^ ([0-9a-f]{64}) \d+ \S*\.orig\.tar\.\w+$", stanza, re.M)
        found.update({sha256: version[1] for sha256 in sums if version})
    return found


def from_distribution(wrap, release, scratch):
    if not shutil.which("apt-get"):
        raise Unusable("there is no apt-get")
    if not (scratch / "sources.list").exists():
        apt_setup(scratch)
    package = PACKAGES[wrap.name]
    if not package:
        raise Unusable(f"the distribution has no source package of {wrap.name}")
    packages = source_packages(scratch, package)
    if release.hash not in packages:
        there = ", ".join(sorted(set(packages.values()))) or "none"
        raise Unusable(f"the distribution's source packages of {package} ({there}) don't have {release.version}")
    place = scratch / "packages" / package
    place.mkdir(parents=True, exist_ok=True)
    result = apt("apt-get", scratch, "source", "--download-only", "--tar-only",
                 f"{package}={packages[release.hash]}", cwd=place)
    archives = [path for path in place.glob("*.orig.tar.*")
                if path.suffix != ".asc" and hashlib.sha256(path.read_bytes()).hexdigest() == release.hash]
    if result.returncode != 0 or len(archives) != 1:
        why = result.stderr.strip().rpartition("\n")[2]
        raise Unusable(f"the distribution's source package {package} can't be fetched ({why})")
    return archives[0], f"the distribution's source package, {archives[0].name}"


# ---- what is made of them ----

def lay_over(wrap, scratch):
    """Our files into a directory that is there already, where they are missing or older: what is
    as it should be isn't touched, so that nothing is compiled anew for it."""
    for ours in wrap.ours.rglob("*"):
        theirs = wrap.directory / ours.relative_to(wrap.ours)
        if ours.is_dir() or (theirs.exists() and theirs.stat().st_mtime_ns >= ours.stat().st_mtime_ns):
            continue
        theirs.parent.mkdir(parents=True, exist_ok=True)
        os.replace(shutil.copy(ours, scratch / "whole"), theirs) # newer than what was built of the old one


def unpack(wrap, release, archive, scratch):
    """Under its name only when it is whole: an interrupted run leaves no half directory. Every file
    is as old as this run, so that what was compiled from another release is compiled anew."""
    place = scratch / "unpacked" / wrap.name
    with tarfile.open(archive) as tar:
        tar.extractall(place, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
    (top,) = place.iterdir()
    shutil.copytree(wrap.ours, top, dirs_exist_ok=True)
    for path in top.rglob("*"):
        if path.is_file() and not path.is_symlink():
            os.utime(path)
    (top / ".release").write_text(release.version + "\n", encoding="utf-8")
    if wrap.directory.is_dir():
        wrap.directory.rename(scratch / f"old-{wrap.name}")
    top.rename(wrap.directory)


def first(wrap, tries, scratch):
    """The first of (source, release) that can be had; why the others can't, each reason once."""
    reasons = {}
    for source, release in tries:
        try:
            return (release, *source(wrap, release, scratch)), reasons
        except Unusable as why:
            if source is not from_cache:
                reasons[str(why)] = release.version
    return None, reasons


def get(wrap, version, scratch):
    if wrap.directory.is_dir() and version in (None, wrap.version()):
        lay_over(wrap, scratch)
        return
    wanted = [release for release in wrap.releases if release.version == (version or wrap.default.version)]
    if not wanted:
        known = ", ".join(dict.fromkeys(release.version for release in wrap.releases))
        raise Unusable(f"{wrap.name} {version} is not in subprojects/releases, which has {known}")
    others = [] if version else [release for release in wrap.releases if release not in wanted]
    tries = [*((from_cache, release) for release in wanted),
             *((from_upstream, release) for release in wanted if release.url != "-"),
             *((from_distribution, release) for release in wanted),
             *((source, release) for release in others for source in (from_cache, from_distribution))]
    found, reasons = first(wrap, tries, scratch)
    if not found:
        raise Unusable(f"no source of {wrap.name} ({', '.join(reasons)}); "
                       f"put the file with sha256 {wanted[0].hash} there: {shown(wanted[0].cached)}")
    release, archive, name = found
    unpack(wrap, release, archive, scratch)
    # What is kept must be what Meson, too, would take.
    if archive.parent != CACHE and release.url != "-":
        CACHE.mkdir(exist_ok=True)
        shutil.move(shutil.copyfile(archive, scratch / "whole"), release.cached) # it may be a link
    say(f"{wrap.name}: {shown(wrap.directory)} from {name}")
    if release.version != wrap.default.version:
        why = ", ".join(reason for reason, of in reasons.items() if of == wrap.default.version)
        say(f"{wrap.name}: that is {release.version} instead of {wrap.default.version}" + (f" ({why})" if why else ""))


def wanted_of(text):
    name, _, version = text.partition("=")
    if name not in PACKAGES or text.endswith("="):
        raise argparse.ArgumentTypeError(f"{text!r} is not one of {', '.join(sorted(PACKAGES))}, or that and =VERSION")
    return name, version or None


def main():
    parser = argparse.ArgumentParser(description="get the sources of wraps")
    parser.add_argument("wraps", nargs="+", type=wanted_of, metavar="WRAP[=VERSION]")
    failed = False
    wraps = parser.parse_args().wraps
    with tempfile.TemporaryDirectory(prefix=".fetch-", dir=HERE) as scratch:
        for name, version in wraps:
            try:
                get(Wrap(name), version, pathlib.Path(scratch))
            except (Unusable, OSError, tarfile.TarError, ValueError, KeyError) as error:
                if name in OPTIONAL and not version and isinstance(error, Unusable):
                    say(f"{name} is left out: {error}")
                    continue
                print("dev: error:", error, file=sys.stderr)
                failed = True
    sys.exit(failed)


def leave(number, _):
    sys.exit(128 + number) # through all that cleans up


if __name__ == "__main__":
    for each in signal.SIGINT, signal.SIGTERM, signal.SIGHUP:
        signal.signal(each, leave)
    main()
