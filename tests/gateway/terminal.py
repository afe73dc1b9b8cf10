"""A terminal of this machine in which real kubectl runs, as people have it."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time

from tests.gateway.conftest import Kubectl


class Terminal:
    """kubectl in a terminal of its own; `see` reads on from where it last found something."""

    def __init__(self, kubectl: Kubectl, line: str, columns: int = 80, rows: int = 24) -> None:
        self.end, inner = pty.openpty()
        self._resize(columns, rows)
        self.process = subprocess.Popen(
            ["bash", "-c", f"exec {kubectl.binary} {line}"], stdin=inner, stdout=inner, stderr=inner,
            env=kubectl.env, start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )  # fmt: skip
        os.close(inner)
        self.unseen = ""

    def _resize(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self.end, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def resize(self, columns: int, rows: int) -> None:
        self._resize(columns, rows)
        self.process.send_signal(signal.SIGWINCH)

    def type(self, text: str) -> None:
        os.write(self.end, text.encode())

    def see(self, text: str, seconds: float = 15) -> str:
        """Wait for a text; returns what came before it."""
        end = time.monotonic() + seconds
        while text not in self.unseen:
            ready, _, _ = select.select([self.end], [], [], max(0.0, end - time.monotonic()))
            assert ready, f"{text!r} did not come, but {self.unseen!r}"
            try:
                self.unseen += os.read(self.end, 65536).decode()
            except OSError:
                raise AssertionError(f"it ended without {text!r}: {self.unseen!r}") from None
        before, _, self.unseen = self.unseen.partition(text)
        return before

    def wait(self) -> int:
        """Wait for its end; returns the exit status."""
        code = self.process.wait(15)
        os.close(self.end)
        return code
