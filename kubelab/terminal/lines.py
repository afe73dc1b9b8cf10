"""Runs lines on the learner's workstation without a terminal: for scripts, tests and lessons' solutions.

Whatever a line waits for, virtual time runs on to the next moment at which something is due, so that nobody waits in
reality. The shell is an interactive one (aliases, "bash: " before its messages) that is given whole commands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubelab.cluster.clock import moment
from kubelab.terminal.shell.escapes import readable
from kubelab.terminal.shell.grammar import parse
from kubelab.terminal.shell.kernel import Kernel
from kubelab.terminal.shell.saving import restore, save
from kubelab.terminal.shell.scanning import Incomplete, SyntaxFault
from kubelab.terminal.shell.streams import Pipe, ReadEnd
from kubelab.terminal.shell.waits import Prompt
from kubelab.terminal.workstation import Workstation

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster
    from kubelab.terminal.shell.task import Task

BUDGET = 50_000  # instructions between two looks at the time
SETTLING = 500  # reconciliations between two commands of one line
FIRST_PID = 1201
PATIENCE = 3600.0  # virtual seconds after which a line that still waits is ended
BUSY = 1.0  # virtual seconds that BUDGET instructions take
NOTICE = "KubeLab: ended this command, which was still waiting after {:g} virtual seconds\n"
ADVANCE = re.compile(r"advance\s+(\d+(?:\.\d+)?)s?\s*\Z")


@dataclass(frozen=True)
class Result:
    """What a line did: its output and its exit status."""

    line: str
    stdout: str
    stderr: str
    exit: int


class LineShell:
    """A shell that is given one line after the other; what one changes in it (cd, variables) the next one sees.

    Args:
        cluster: the cluster that the workstation talks to.
        columns: the width that tools are told.

    Attributes:
        machine: the computer that it runs on.
        ended: a line was `exit`.
    """

    def __init__(self, cluster: Cluster, *, columns: int = 80) -> None:
        self.cluster = cluster
        self.columns = columns
        self.machine = Workstation(cluster)
        self.machine.kernel = lambda: self._kernel
        self._begin()

    def _begin(self) -> None:
        self.ended = False
        self._ask: Callable[[], str] | None = None
        self._start("-i")
        if self._task.exit_status is not None:
            self._start("--norc", "-i")  # ~/.bashrc ends the shell

    def _start(self, *options: str) -> None:
        self._kernel = Kernel(self.machine, columns=self.columns, first_pid=FIRST_PID)
        self._kernel.before_command = self._settle
        self._kernel.lines = []
        self._task = self._kernel.first(["bash", *options], "")
        self._task.set_option("expand_aliases", True)
        self._kernel.run(BUDGET)
        self._kernel.out.clear()
        self._kernel.err.clear()

    def _settle(self) -> None:
        self.cluster.run_until(self.cluster.clock.now, SETTLING)

    def move_to(self, cluster: Cluster) -> None:
        """Goes on with the same cluster as it was loaded anew."""
        state = save(self._kernel)
        self.cluster = cluster
        self.machine = Workstation(cluster)
        self.machine.kernel = lambda: self._kernel
        self._kernel = restore(self.machine, state)
        self._kernel.before_command = self._settle
        self._kernel.lines = []
        self._task = next(iter(self._kernel.tasks.values()))

    def run(self, line: str, stdin: str | Callable[[], str] = "", *, patience: float = PATIENCE) -> Result:
        """Runs a line (or several that belong together) to its end.

        Args:
            line: a whole command; `advance 30` lets 30 virtual seconds pass.
            stdin: what commands read from standard input; a function is called when one reads it.
            patience: virtual seconds after which it is ended.
        """
        advance = ADVANCE.match(line.strip())
        if advance:
            return self._advance(line, float(advance.group(1)))
        if self.ended:
            self._begin()
        self._ask = stdin if callable(stdin) else None
        self._give("" if callable(stdin) else stdin)
        self._task.kernel.lines = [line if line.endswith("\n") else line + "\n"]
        self._to_the_end(patience)
        kernel = self._kernel
        stdout, stderr = readable("".join(kernel.out)), readable("".join(kernel.err))
        kernel.out.clear()
        kernel.err.clear()
        self.cluster.settle()
        return Result(line, stdout, stderr, self._status())

    def _advance(self, line: str, seconds: float) -> Result:
        try:
            until = moment(self.cluster.clock.now + seconds)
        except ValueError as error:
            return Result(line, "", f"advance: {error}\n", 1)
        self.cluster.run_until(until)
        return Result(line, "", "", 0)

    def _give(self, stdin: str) -> None:
        pipe = Pipe(stdin)
        if self._ask is not None:
            pipe.writers = 1
        self._kernel.input = pipe
        number = self._kernel.add_stream(ReadEnd(pipe))
        for task in dict.fromkeys((self._task, self._front)):
            task.put_fd(0, number)

    def _status(self) -> int:
        if self._task.exit_status is not None:
            self.ended = True
            return self._task.exit_status
        return self._front.status

    @property
    def _front(self) -> Task:
        """The shell that lines are given to: the innermost one, on a node after `ssh node`."""
        return self._kernel.foreground_shell() or self._task

    @property
    def _is_done(self) -> bool:
        ended = self._task.exit_status is not None
        return ended or (isinstance(self._front.wait, Prompt) and not self._kernel.lines)

    def _to_the_end(self, patience: float) -> None:
        """Lets processes and virtual time go on in turns until the line has ended."""
        kernel, cluster = self._kernel, self.cluster
        end = cluster.clock.now + patience
        while True:
            left = kernel.run(BUDGET)
            if self._is_done:
                return
            if self._ask is not None and kernel.reads():
                kernel.feed(self._ask(), end=True)
                self._ask = None
                continue
            moment = cluster.clock.now + BUSY if left <= 0 else self._next_moment()
            if moment is None or moment > end:
                self._give_up(patience)
                return
            cluster.run_until(moment)
            kernel.poked = True

    def _next_moment(self) -> float | None:
        moments = [moment for moment in (self._kernel.wake(), self.cluster.next_due()) if moment is not None]
        return max(min(moments), self.cluster.clock.now) if moments else None

    def _give_up(self, patience: float) -> None:
        self.interrupt()
        self._kernel.run(BUDGET)
        if not self._is_done:
            self._kernel.signal_foreground("KILL")
            self._kernel.run(BUDGET)
        self._kernel.err.append(NOTICE.format(patience))

    def interrupt(self) -> None:
        """Does what Ctrl-C does."""
        self._kernel.signal_foreground("INT")


def commands_in(script: str) -> Iterator[str]:
    """Yields the commands of a script one by one, each with all of its lines; comments and blank lines are left out."""
    gathered = ""
    for line in script.splitlines(keepends=True):
        gathered += line
        if not gathered.strip() or (gathered == line and line.lstrip().startswith("#")):
            gathered = ""
        elif is_whole(gathered):
            yield gathered.rstrip("\n")
            gathered = ""
    if gathered.strip():
        yield gathered.rstrip("\n")


def is_whole(text: str) -> bool:
    """Tells whether a text is a whole command, or will never be one."""
    if text.endswith("\\\n"):
        return False
    try:
        parse(text, lenient=False)
    except Incomplete:
        return False
    except SyntaxFault:
        return True
    return True
