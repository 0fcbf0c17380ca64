"""A terminal for the scripts beside: a program at the other end of a line, and what a person would see of it."""

import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from fcntl import ioctl

import pyte

COLUMNS, LINES = 80, 24
PATIENCE = 120


class Screens:
    """A terminal with a command at the other end of the line."""

    def __init__(self, command: list[str]):
        self.screen = pyte.Screen(COLUMNS, LINES)
        self.stream = pyte.ByteStream(self.screen)
        self.raw = b""
        environment = {k: v for k, v in os.environ.items() if k != "COLORTERM"} | {"TERM": "xterm-256color"}
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            os.execvpe(command[0], command, environment)
        ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
        os.kill(self.process, signal.SIGWINCH)

    def read(self, seconds: float) -> int:
        """Takes what arrives within some time. Returns how many bytes that were."""
        end, before = time.monotonic() + seconds, len(self.raw)
        while (left := end - time.monotonic()) > 0:
            if select.select([self.terminal], [], [], left)[0]:
                try:
                    received = os.read(self.terminal, 1 << 16)
                except OSError:
                    break
                self.raw += received
                # The sequences with < and > ask about the keyboard; this terminal would print the rest of them.
                self.stream.feed(re.sub(rb"\x1b\[[<>=][^a-z]*[a-z]", b"", received))
        return len(self.raw) - before

    def settle(self):
        """Waits until nothing has come for longer than a message stays."""
        while self.read(8):
            pass

    def see(self, pattern: str) -> re.Match:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if found := re.search(pattern, "\n".join(self.screen.display)):
                return found
            self.read(0.1)
        sys.exit(f"{pattern!r} does not appear:\n" + "\n".join(self.screen.display))

    def press(self, keys: str):
        os.write(self.terminal, keys.encode())

    def cut(self):
        """The client is gone at once, without a word to the server."""
        os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)
        os.close(self.terminal)

    def epoch(self) -> int:
        return int(self.see(r"▶ (?:epoch )?(\d+)/").group(1))


def until(what: str, holds, patience: float = PATIENCE):
    """Waits until something is not false, and returns it."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if found := holds():
            return found
        time.sleep(0.2)
    sys.exit(f"not seen: {what}")
