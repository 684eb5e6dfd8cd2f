#!/usr/bin/env python3
"""Gets the sources that the wraps here name, for ./dev.

usage: subprojects/fetch.py WRAP...

Meson would ask upstream alone, and where upstream can't be reached try again for minutes. Here an
archive in packagecache/ comes first, then upstream, then the source package of the distribution
that this machine runs. Whichever it is, the sha256 decides. Neither root nor a change to the
system is needed, and what lies in subprojects/ afterwards is what Meson would have put there.

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

# Debian's name of the source package.
PACKAGES = {"jemalloc": "jemalloc", "gperftools": "google-perftools", "mimalloc": "mimalloc",
            "jansson": "jansson", "cmocka": "cmocka"}

# Debian's archive is upstream's, byte for byte, but for those that it packs anew.
REPACKED = {"mimalloc": "cbc9d207ff105ad1f0cb739c378076143a6452b8d0624309cea0abfb040e972b"}


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

def from_cache(wrap, _):
    check(wrap.cached, shown(wrap.cached), wrap.hash)
    return wrap.cached, shown(wrap.cached)


def download(url, path):
    end = time.monotonic() + PATIENCE
    with urllib.request.urlopen(url, timeout=WAIT) as response, path.open("wb") as file:
        while block := response.read(1 << 16):
            file.write(block)
            if time.monotonic() > end:
                raise TimeoutError(f"not complete after {PATIENCE} s")


unreachable = set() # hosts, so that one is waited for only once


def from_upstream(wrap, scratch):
    host = urllib.parse.urlsplit(wrap.url).netloc
    if host in unreachable:
        raise Unusable(f"{host} can't be reached")
    archive = scratch / wrap.name
    try:
        download(wrap.url, archive)
    except OSError as error:
        if not isinstance(error, urllib.error.HTTPError): # which is an answer
            unreachable.add(host)
        raise Unusable(f"{wrap.url} can't be fetched ({getattr(error, 'reason', error)})") from None
    check(archive, wrap.url, wrap.hash)
    return archive, wrap.url


def apt(scratch, *arguments, **more):
    """apt-get with directories of its own, so that it needs no root."""
    options = {"Dir::Etc::sourcelist": scratch / "sources.list", "Dir::Etc::sourceparts": "/dev/null",
               "Dir::State::lists": scratch / "lists", "Dir::Cache": scratch / "cache",
               "APT::Sandbox::User": "root", "Acquire::http::Timeout": 2 * WAIT, "Acquire::Retries": 0}
    command = ["apt-get", "-qq", *(f"-o{key}={value}" for key, value in options.items()), *arguments]
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True, check=False, **more)


def apt_setup(scratch):
    """The sources at the places that the machine has its packages from, whatever the format of its
    lists. No signature is asked for: our hashes decide."""
    release = pathlib.Path("/etc/os-release").read_text(encoding="utf-8")
    codename = re.findall(r'^VERSION_CODENAME="?(\w+)', release, re.M)
    uris = subprocess.run(["apt-get", "--print-uris", "update"], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True, check=False).stdout
    lines = [f"deb-src [trusted=yes] {place} {suite} main universe\n" # the latter is Ubuntu's
             for suite in [*codename, "stable", "testing", "unstable", "sid"]
             for place in re.findall(rf"^'(.*)/dists/{suite}/InRelease'", uris, re.M)]
    (scratch / "sources.list").write_text("".join(lines), encoding="utf-8")
    for directory in "lists/partial", "cache/archives/partial":
        (scratch / directory).mkdir(parents=True)
    apt(scratch, "update") # one archive of several may fail


def from_distribution(wrap, scratch):
    if not shutil.which("apt-get"):
        raise Unusable("there is no apt-get")
    if not (scratch / "sources.list").exists():
        apt_setup(scratch)
    package = PACKAGES[wrap.name]
    place = scratch / "packages" / package
    place.mkdir(parents=True)
    result = apt(scratch, "source", "--download-only", "--tar-only", package, cwd=place)
    archives = [path for path in place.glob("*.orig.tar.*") if path.suffix != ".asc"]
    if result.returncode != 0 or len(archives) != 1:
        why = result.stderr.strip().rpartition("\n")[2]
        raise Unusable(f"the distribution's source package {package} can't be fetched ({why})")
    name = f"the distribution's source package, {archives[0].name}"
    check(archives[0], name, wrap.hash, *([REPACKED[wrap.name]] if wrap.name in REPACKED else []))
    return archives[0], name


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


def unpack(wrap, archive, scratch):
    """Under its name only when it is whole: an interrupted run leaves no half directory."""
    place = scratch / "unpacked" / wrap.name
    with tarfile.open(archive) as tar:
        tar.extractall(place, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
    (top,) = place.iterdir()
    shutil.copytree(wrap.ours, top, dirs_exist_ok=True)
    top.rename(wrap.directory)


def get(wrap, scratch):
    if wrap.directory.is_dir():
        lay_over(wrap, scratch)
        return
    reasons = []
    for source in *([from_cache] if wrap.cached.exists() else []), from_upstream, from_distribution:
        try:
            archive, name = source(wrap, scratch)
            break
        except Unusable as why:
            reasons.append(str(why))
    else:
        raise Unusable(f"no source of {wrap.name} ({', '.join(reasons)}); "
                       f"put the file with sha256 {wrap.hash} there: {shown(wrap.cached)}")
    unpack(wrap, archive, scratch)
    # What is kept must be what Meson, too, would take.
    if archive != wrap.cached and hashlib.sha256(archive.read_bytes()).hexdigest() == wrap.hash:
        CACHE.mkdir(exist_ok=True)
        shutil.move(shutil.copyfile(archive, scratch / "whole"), wrap.cached) # it may be a link
    say(f"{wrap.name}: {shown(wrap.directory)} from {name}")


def main():
    parser = argparse.ArgumentParser(description="get the sources of wraps")
    parser.add_argument("wraps", nargs="+", choices=sorted(PACKAGES), metavar="WRAP")
    names = parser.parse_args().wraps
    failed = False
    with tempfile.TemporaryDirectory(prefix=".fetch-", dir=HERE) as scratch:
        for name in names:
            try:
                get(Wrap(name), pathlib.Path(scratch))
            except (Unusable, OSError, tarfile.TarError, ValueError, KeyError) as error:
                print("dev: error:", error, file=sys.stderr)
                failed = True
    sys.exit(failed)


def leave(number, _):
    sys.exit(128 + number) # through all that cleans up


if __name__ == "__main__":
    for each in signal.SIGINT, signal.SIGTERM, signal.SIGHUP:
        signal.signal(each, leave)
    main()
