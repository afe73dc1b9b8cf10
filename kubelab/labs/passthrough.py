"""A lab's terminal in the terminal of this process: keys go through as they are, and so does what is printed.

It keeps the cluster awake as an open page does. It ends with the shell: `exit`, or Ctrl-D at the prompt.
"""

import os
import select
import shutil
import signal
import sys
import termios
import time
import tty
from collections.abc import Iterator
from contextlib import contextmanager

from kubelab.labs.keeping import Act, act_on
from kubelab.labs.shell import Shell
from kubelab.labs.timekeeping import is_awake
from kubelab.labs.visits import wake

LOOK = 0.5  # seconds between two looks at the cluster while a command waits for it
STAY_AWAKE = 20.0  # seconds between two signs that somebody is here


class PassThrough:
    """One lab's terminal, shown here.

    Args:
        lab_id: whose.
    """

    def __init__(self, lab_id: int) -> None:
        self.lab_id = lab_id
        self.shell = Shell(lab_id, tuple(shutil.get_terminal_size()))
        self.patience: float | None = None
        self.ended: int | None = None
        self._signed = 0.0

    def act(self, keys: str = "", *, resized: bool = False) -> None:
        """Let time pass and commands go on, with what was typed; then print."""
        try:
            with act_on(self.lab_id) as act:
                self._stay_awake(act)
                if resized:
                    self.shell.resize(act, *shutil.get_terminal_size())
                if keys:
                    self.shell.feed(act, keys)
                self.shell.finish(act)
                self.ended = self.shell.in_act(act).ended
                self.patience = self._patience(act)
        except BaseException:
            self.shell.undo()
            raise
        write(self.shell.committed())

    def _stay_awake(self, act: Act) -> None:
        if time.monotonic() - self._signed > STAY_AWAKE or not is_awake(act.lab, act.real):
            wake(act)
            self._signed = time.monotonic()

    def _patience(self, act: Act) -> float | None:
        due = self.shell.due
        if due is None:
            return None
        if act.lab.paused and due > act.cluster.clock.now:
            return None
        return max(0.0, due - act.cluster.clock.now) / act.lab.rate

    def type(self, keys: str) -> None:
        """Take what was typed: what only edits the line is shown at once."""
        echo = self.shell.edit_line(keys)
        if echo is None:
            self.act(keys)
        else:
            write(echo)

    def run(self, stdin: int) -> int:
        """Pass keys through until the shell ends; returns its exit status."""
        self.act(resized=True)
        resized: list[bool] = []
        signal.signal(signal.SIGWINCH, lambda *_: resized.append(True))
        while self.ended is None:
            wait = STAY_AWAKE if self.patience is None else self.patience
            ready, _, _ = select.select([stdin], [], [], min(wait, LOOK))
            if resized:
                resized.clear()
                self.act(resized=True)
            if not ready:
                self.act()
                continue
            keys = os.read(stdin, 65536)
            if not keys:
                return 0
            self.type(keys.decode(errors="replace"))
        return self.ended


def write(text: str) -> None:
    """Print at once."""
    sys.stdout.write(text)
    sys.stdout.flush()


@contextmanager
def raw(stdin: int) -> Iterator[None]:
    """Have the terminal of this process send every key as it is."""
    before = termios.tcgetattr(stdin)
    tty.setraw(stdin)
    try:
        yield
    finally:
        termios.tcsetattr(stdin, termios.TCSADRAIN, before)


def pass_through(lab_id: int) -> None:
    """Show a lab's terminal in this one until its shell ends; ends the process with the shell's status."""
    stdin = sys.stdin.fileno()
    if not os.isatty(stdin):
        sys.exit(PassThrough(lab_id).run(stdin))
    with raw(stdin):
        status = PassThrough(lab_id).run(stdin)
    sys.exit(status)
