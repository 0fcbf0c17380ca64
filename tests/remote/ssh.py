"""Training over a real OpenSSH server on this machine, with a line that is cut.

    pip install pyte
    python tests/remote/ssh.py target/release/twinsight

Needs `sshd`, `ssh` and `ssh-keygen` of OpenSSH, no rights and no settings of the user: the server runs with keys and a
configuration of its own on a free port of 127.0.0.1, and the program with a home of its own. The terminal is 80 × 24,
`TERM=xterm-256color` without COLORTERM. Prints what was sent to the terminal, and fails where something is not as it should be.
"""

import getpass
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from terminal import PATIENCE, Screens, until


class Server:
    """An OpenSSH server for one user, in a folder."""

    def __init__(self, folder: Path):
        self.folder = folder
        for key in ("host", "user"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / key], check=True)
        shutil.copy(folder / "user.pub", folder / "authorized_keys")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        config = folder / "sshd_config"
        config.write_text(f"""
            Port {self.port}
            ListenAddress 127.0.0.1
            HostKey {folder}/host
            AuthorizedKeysFile {folder}/authorized_keys
            PidFile none
            StrictModes no
            UsePAM no
            PasswordAuthentication no
            PermitRootLogin prohibit-password
            """)
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(exist_ok=True)
        log = open(folder / "sshd.log", "wb")
        self.process = subprocess.Popen([shutil.which("sshd"), "-D", "-e", "-f", config], stderr=log)

    def client(self, *options: str) -> list[str]:
        fixed = ["-F", "none", "-i", self.folder / "user", "-p", self.port, "-o", "StrictHostKeyChecking=accept-new"]
        fixed += ["-o", f"UserKnownHostsFile={self.folder}/known_hosts", "-o", "ConnectionAttempts=20", *options]
        return ["ssh", *map(str, fixed), f"{getpass.getuser()}@127.0.0.1"]

    def run(self, command: str) -> str:
        """A command without a terminal."""
        done = subprocess.run([*self.client("-q"), command], capture_output=True, text=True, timeout=PATIENCE)
        if done.returncode:
            sys.exit(f"{command}: {done.stderr}")
        return done.stdout


@contextmanager
def server():
    with tempfile.TemporaryDirectory() as folder:
        running = Server(Path(folder))
        try:
            yield running
        finally:
            running.process.terminate()
            running.process.wait()


def main(program: str):
    with server() as line, tempfile.TemporaryDirectory() as home:
        twinsight = f"LANG=C.UTF-8 TWINSIGHT_HOME={home} {Path(program).resolve()}"

        screens = Screens([*line.client("-tt"), twinsight])
        screens.see("400 pictures")
        screens.settle()
        print(f"first screen: {len(screens.raw):,} bytes")
        assert b"38;5;" in screens.raw and b"38;2;" not in screens.raw, "256 colours were expected"
        idle = screens.read(5)
        print(f"idle: {idle} bytes in 5 s")
        assert idle == 0
        screens.press("t")
        screens.see("batch ")
        print(f"training: {screens.read(20) / 20:,.0f} bytes a second")
        reached = screens.epoch()
        screens.cut()

        def stopped():
            [run] = json.loads(line.run(f"{twinsight} runs --json"))["runs"]
            return run["state"] == "unfinished" and run["epochs"]

        saved = until("the training stops and saves", stopped)
        print(f"line cut at epoch {reached}; saved at epoch {saved}")
        assert saved >= reached - 1

        print(line.run(f"{twinsight} train --resume --detach").strip())
        screens = Screens([*line.client("-tt"), f"{twinsight} attach"])
        screens.see("attached to a training")
        screens.see("batch ")
        print(f"attached: {screens.read(20) / 20:,.0f} bytes a second")
        first = screens.epoch()
        assert first >= saved
        screens.cut()
        time.sleep(2)
        screens = Screens([*line.client("-tt"), f"{twinsight} attach"])
        screens.see("attached to a training")
        second = screens.epoch()
        print(f"line cut at epoch {first}, attached again at epoch {second}")
        assert second > first
        screens.press("q")
        screens.read(2)
        print(line.run(f"{twinsight} attach --stop").strip())
        print(line.run(f"{twinsight} runs").strip())


if __name__ == "__main__":
    main(sys.argv[1])
