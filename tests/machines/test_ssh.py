"""zmalloc bench --parallel on two machines that are none: a network namespace each, a real sshd in the other.

SPDX-License-Identifier: BSD-3-Clause
"""
import os
import subprocess
import unittest

from machines import Machines, need

SSHD = """
Port 22
ListenAddress {address}
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/key.pub
PidFile {folder}/sshd.pid
StrictModes no
UsePAM no
PermitRootLogin prohibit-password
SetEnv PATH={path}
"""
SSH = """
Host *
    User root
    IdentityFile {folder}/key
    UserKnownHostsFile {folder}/known_hosts
    StrictHostKeyChecking accept-new
    BatchMode yes
"""


class Ssh(Machines):
    def setUp(self):
        super().setUp()
        self.here, self.there = f"zm-{os.getpid()}-a", f"zm-{os.getpid()}-b"
        self.address = "192.0.2.2" # of the block for documentation: nothing else has it
        for space in self.here, self.there:
            self.run_in("ip", "netns", "add", space)
            self.addCleanup(subprocess.run, ["ip", "netns", "del", space], check=False)
            self.run_in("ip", "-n", space, "link", "set", "lo", "up")
        self.run_in("ip", "link", "add", "zm", "netns", self.here, "type", "veth", "peer", "name", "zm",
                    "netns", self.there)
        for space, address in (self.here, "192.0.2.1"), (self.there, self.address):
            self.run_in("ip", "-n", space, "address", "add", f"{address}/24", "dev", "zm")
            self.run_in("ip", "-n", space, "link", "set", "zm", "up")
        for name in "key", "host_key":
            self.run_in("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.folder / name))
        values = {"folder": self.folder, "address": self.address, "path": self.env["PATH"]}
        (self.folder / "sshd_config").write_text(SSHD.format(**values))
        (self.folder / "ssh_config").write_text(SSH.format(**values))
        os.makedirs("/run/sshd", exist_ok=True) # where sshd locks itself in
        self.start("sshd", "ip", "netns", "exec", self.there, "/usr/sbin/sshd", "-D", "-e", "-f",
                   str(self.folder / "sshd_config"))
        # GNU parallel is told by its own variable which ssh it is to take, and by HOME where its files are.
        self.env.update({"PARALLEL_SSH": f"ssh -F {self.folder}/ssh_config", "HOME": str(self.folder)})
        self.wait_until("no ssh", lambda: self.on_the_way("ssh -F ssh_config %s true || echo no" % self.address) == "")

    def on_the_way(self, command, status=0):
        return self.run_in("ip", "netns", "exec", self.here, "sh", "-c", command + " 2>/dev/null", status=status)

    def run_script(self, status=0):
        return self.run_in("ip", "netns", "exec", self.here, "sh", "cells.sh", status=status)

    def test_hosts(self):
        """One cell here, one there; what fails is run again, and nothing is deleted."""
        self.script("--parallel=hosts.txt")
        (self.folder / "hosts.txt").write_text("1/192.0.2.3\n") # a machine that is off
        self.run_in("ip", "-n", self.here, "route", "add", "unreachable", "192.0.2.3")
        self.assertIn("Cell 1 is missing", self.run_script(1))
        (self.folder / "hosts.txt").write_text(f"1/:\n1/{self.address}\n")
        self.check_report(self.run_script())
        log = [line.split("\t") for line in (self.folder / "cells/log").read_text().splitlines()[1:]]
        self.assertEqual({line[1] for line in log}, {":", self.address})
        first = self.cell(1).read_bytes()
        self.cell(2).unlink()
        self.check_report(self.run_script())
        self.assertEqual(self.cell(1).read_bytes(), first)


if __name__ == "__main__":
    need("parallel", "ssh", "ssh-keygen", "ip")
    need("sshd")
    unittest.main(verbosity=2)
