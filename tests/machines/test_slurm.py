"""zmalloc bench --slurm on a Slurm of one node: its daemons, with files and ports of their own.

SPDX-License-Identifier: BSD-3-Clause
"""
import os
import socket
import unittest

from machines import Machines, need

CONF = """
ClusterName=zmalloc
SlurmctldHost={host}(127.0.0.1)
NodeName={host} NodeAddr=127.0.0.1 NodeHostname={host} CPUs={cpus} State=UNKNOWN
PartitionName=all Nodes={host} Default=YES MaxTime=INFINITE State=UP
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/linear
SlurmdParameters=config_overrides
SchedulerParameters=sched_interval=1,sched_min_interval=0,bf_interval=1,batch_sched_delay=0
ReturnToService=2
JobRequeue=1
KillWait=1
MpiDefault=none
MailProg=/bin/true
"""


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class Slurm(Machines):
    def setUp(self):
        super().setUp()
        for name in "state", "spool":
            (self.folder / name).mkdir()
        host = socket.gethostname().partition(".")[0]
        (self.folder / "cgroup.conf").write_text("CgroupPlugin=cgroup/v1\nCgroupAutomount=no\n")
        (self.folder / "slurm.conf").write_text(
            CONF.format(host=host, cpus=os.cpu_count(), folder=self.folder, ports=free_ports(2)))
        self.env["SLURM_CONF"] = str(self.folder / "slurm.conf")
        (self.folder / "key").write_bytes(os.urandom(128))
        (self.folder / "key").chmod(0o600)
        munge = [f"--{name}={self.folder}/{file}" for name, file in
                 [("key-file", "key"), ("socket", "munge.socket"), ("pid-file", "munge.pid"),
                  ("log-file", "munged.log"), ("seed-file", "seed")]]
        self.start("munge", "munged", "--foreground", "--force", *munge)
        self.wait_until("no munge", (self.folder / "munge.socket").exists)
        self.start("slurmctld", "slurmctld", "-D", "-i")
        self.start("slurmd", "slurmd", "-D", "-N", host)
        self.wait_until("no node", lambda: "idle" in self.run_in("sh", "-c", "sinfo -h -o %t || :"))

    def wait_for_jobs(self):
        self.wait_until("jobs", lambda: not self.run_in("squeue", "-h").strip())

    def test_array(self):
        self.script("--slurm")
        # The second cell's node fails before it has measured anything.
        (self.folder / "cells").mkdir()
        (self.folder / "cells/2.jsonl.part").mkdir()
        self.assertIn("Submitted batch job", self.run_in("sh", "cells.sh"))
        self.wait_for_jobs()
        self.samples(1)
        self.assertFalse(self.cell(2).exists())
        first = self.cell(1).read_bytes()
        (self.folder / "cells/2.jsonl.part").rmdir()

        # A node that fails: Slurm stops the cell where it is, and starts it again.
        self.run_in("sh", "cells.sh")
        part = self.folder / "cells/2.jsonl.part"
        self.wait_until("no start", lambda: part.is_file() and '"sample"' in part.read_text())
        job, = self.run_in("squeue", "-h", "-o", "%i").split()
        self.run_in("scontrol", "requeue", job)
        self.wait_until("no requeue", lambda: "PD" in self.run_in("squeue", "-h", "-o", "%t"))
        self.assertIn("Restarts=1", self.run_in("scontrol", "show", "job", job))
        self.assertFalse(self.cell(2).exists())
        # Slurm would wait for two minutes; in the second of the end it would refuse its own credentials.
        self.wait_until("the node is not free", lambda: "idle" in self.run_in("sinfo", "-h", "-o", "%t"))
        self.run_in("scontrol", "update", f"jobid={job}", "starttime=now+2seconds")
        self.wait_for_jobs()
        self.assertEqual(self.cell(1).read_bytes(), first)
        self.check_report(self.run_in("sh", "cells.sh"))


if __name__ == "__main__":
    need("slurmctld", "slurmd", "sbatch", "munged")
    unittest.main(verbosity=2)
