"""A sweep as a job array of a real Slurm, and the screens on a training in one of its jobs.

    apt-get install slurm-wlm munge && pip install pyte
    python tests/remote/slurm.py target/release/twinsight

Starts munged, slurmctld and slurmd on this machine, with a configuration of its own in a temporary folder; needs root, as
slurmd does. One task of the array is killed and queued again by Slurm, another one is killed for good and done by a second
array. The result must be that of a sweep without Slurm, to the last bit of every comparison.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from terminal import Screens, until

SPEC = '(recipes: ["compact"], vary: {"epochs": one_of([4])}, folds: 8)'
# Differ from run to run.
TIMES = ("seconds", "curve")


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Slurm:
    """A cluster of one machine, in a folder."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.daemons = []
        for name in ("state", "spool"):
            (folder / name).mkdir()
        self.environment = os.environ | {"SLURM_CONF": str(folder / "slurm.conf")}
        self.environment.pop("COLORTERM", None)
        munge = self.start_munge()
        name = socket.gethostname().split(".")[0]
        (folder / "slurm.conf").write_text(f"""
ClusterName=loopback
SlurmctldHost={name}(127.0.0.1)
SlurmctldPort={free_port()}
SlurmdPort={free_port()}
AuthType=auth/munge
AuthInfo=socket={munge}
CredType=cred/munge
SlurmUser=root
SlurmdUser=root
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
MailProg=/bin/true
KillWait=2
MinJobAge=3600
NodeName={name} NodeAddr=127.0.0.1 CPUs={os.cpu_count()} State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES State=UP
""")
        self.daemon("slurmctld", "-D")
        self.daemon("slurmd", "-D", "-N", name)
        until("an idle node", lambda: "idle" in self.run("sinfo", "--noheader", "--format=%T"))

    def start_munge(self) -> Path:
        # Munge insists on folders that only their owner can change.
        folder = self.folder / "munge"
        folder.mkdir(mode=0o755)
        self.folder.chmod(0o755)
        key = folder / "key"
        key.write_bytes(os.urandom(1024))
        key.chmod(0o400)
        files = [f"--{kind}={folder}/{kind}" for kind in ("socket", "pid-file", "log-file", "seed-file")]
        self.daemon("munged", "--foreground", "--force", f"--key-file={key}", *files)
        until("the socket of munge", (folder / "socket").exists)
        return folder / "socket"

    def daemon(self, name: str, *arguments: str):
        log = open(self.folder / f"{name}.out", "wb")
        program = shutil.which(name) or sys.exit(f"{name} is not installed")
        self.daemons.append(
            subprocess.Popen([program, *arguments], env=self.environment, stdout=log, stderr=log)
        )

    def run(self, *command: str) -> str:
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True)
        return done.stdout if done.returncode == 0 else f"{done.stdout}{done.stderr}"

    def submit(self, script: Path) -> str:
        said = self.run("sbatch", "--parsable", f"--chdir={self.folder}", str(script)).strip()
        return said if said.isdigit() else sys.exit(f"sbatch: {said}")

    def states(self, job: str) -> dict[str, str]:
        """The state of each task of an array, of a plain job under its own number."""
        text = self.run("scontrol", "--oneliner", "show", "job", job)
        found = {}
        for line in text.splitlines():
            state = re.search(r"JobState=(\w+)", line).group(1)
            index = re.search(r"ArrayTaskId=([\d,-]+)", line)
            found[index.group(1) if index else job] = state
        return found

    def wait(self, job: str):
        over = {"COMPLETED", "FAILED", "CANCELLED", "NODE_FAIL", "TIMEOUT"}
        until(f"the end of job {job}", lambda: set(self.states(job).values()) <= over, patience=900)

    def stop(self):
        for daemon in reversed(self.daemons):
            daemon.terminate()
        for daemon in self.daemons:
            daemon.wait(20)


def results(sweep: Path) -> dict[str, dict]:
    """The results of a sweep by their names, without times."""

    def read(path: Path) -> dict:
        [piece] = json.loads(path.read_bytes())["pieces"]
        return {key: value for key, value in piece.items() if key not in TIMES}

    return {str(path.relative_to(sweep)): read(path) for path in sorted(sweep.glob("results/*/*.json"))}


def processes(words: str) -> list[int]:
    found = subprocess.run(["pgrep", "-f", words], capture_output=True, text=True).stdout
    return [int(number) for number in found.split() if int(number) != os.getpid()]


def array(slurm: Slurm, twinsight, home: Path):
    """The sweep as an array, with two kinds of accident."""
    script = home / "array.sh"
    script.write_text(twinsight("sweep", "spec.ron", "--dir", "cluster", "--emit", "slurm", "--threads", "1"))
    job = slurm.submit(script)
    running = lambda task: slurm.states(job).get(task) == "RUNNING"
    until("task 1 at work", lambda: running("1") and processes("sweep task .*/cluster .* 1$"))
    print(slurm.run("scontrol", "requeue", f"{job}_1") or f"killed and queued again: {job}_1")
    until("task 3 at work", lambda: running("3") and processes("sweep task .*/cluster .* 3$"))
    for process in processes("sweep task .*/cluster .* 3$"):
        os.kill(process, 9)
    print(f"killed for good: {job}_3")
    slurm.wait(job)
    print(f"states: {slurm.states(job)}")
    print(twinsight("sweep", "status", "cluster").strip())
    rest = twinsight("sweep", "spec.ron", "--dir", "cluster", "--emit", "slurm", "--threads", "1")
    assert "--array=3\n" in rest, rest
    script.write_text(rest)
    slurm.wait(slurm.submit(script))


def attached(slurm: Slurm, program: str, home: Path):
    """A training in a job, watched by `srun` in the same job: its socket is of the machine it trains on."""
    script = home / "train.sh"
    run = home / "run"
    script.write_text(
        f"#!/bin/sh\n'{program}' train --detach --preset compact --epochs 300 --run {run} && '{program}' attach {run} --wait\n"
    )
    job = slurm.submit(script)
    until("the training", lambda: (run / "control" / "socket").exists())
    os.environ["SLURM_CONF"] = slurm.environment["SLURM_CONF"]
    screens = Screens(["srun", f"--jobid={job}", "--overlap", "--pty", program, "attach", str(run)])
    screens.see("attached to a training")
    first = screens.epoch()
    until("the next epoch", lambda: screens.read(0.2) and screens.epoch() > first)
    print(f"srun --jobid={job} --overlap --pty twinsight attach: epoch {first}, then {screens.epoch()}")
    screens.press("q")
    screens.read(2)
    print(slurm.run("srun", f"--jobid={job}", "--overlap", program, "attach", str(run), "--stop").strip())
    slurm.wait(job)
    print(f"job {job}: {slurm.states(job)[job]}")


def main(program: str):
    program = str(Path(program).resolve())
    # Short: the path of a socket has at most 107 bytes.
    with tempfile.TemporaryDirectory(prefix="tw", dir="/tmp") as folder:
        home = Path(folder) / "h"
        home.mkdir()
        os.environ |= {"TWINSIGHT_HOME": str(home), "LANG": "C.UTF-8"}
        (home / "spec.ron").write_text(SPEC)

        def twinsight(*arguments: str) -> str:
            return subprocess.run([program, *arguments], cwd=home, check=True, capture_output=True, text=True).stdout

        twinsight("sweep", "spec.ron", "--dir", "here")
        slurm = Slurm(Path(folder))
        try:
            print(slurm.run("sbatch", "--version").strip())
            array(slurm, twinsight, home)
            here, cluster = results(home / "here"), results(home / "cluster")
            assert len(here) == 8 and here == cluster, "the results differ"
            print("8 results, each the same as without Slurm")
            attached(slurm, program, home)
        finally:
            slurm.stop()


if __name__ == "__main__":
    started = time.monotonic()
    main(sys.argv[1])
    print(f"{time.monotonic() - started:.0f} s")
