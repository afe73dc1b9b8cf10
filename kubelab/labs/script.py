"""Runs lines on a lab's workstation, each as an act of its own: what a line did is kept when its result is known."""

from collections.abc import Callable

from kubelab.labs.keeping import act_on
from kubelab.terminal.lines import LineShell, Result


class ScriptRunner:
    """Runs one line after the other; variables and the working directory go from one to the next.

    Args:
        lab_id: whose workstation.
    """

    def __init__(self, lab_id: int) -> None:
        self.lab_id = lab_id
        self._shell: LineShell | None = None

    @property
    def ended(self) -> bool:
        """Whether a line was `exit`."""
        return self._shell is not None and self._shell.ended

    def run(self, line: str, stdin: str | Callable[[], str] = "") -> Result:
        """Run a line and have what it did kept.

        Args:
            stdin: what its commands read from standard input; a function is called when one does.

        Raises:
            NotKept: nothing of it has happened.
        """
        with act_on(self.lab_id, seconds=None) as act:
            if self._shell is None:
                self._shell = LineShell(act.cluster)
            elif self._shell.cluster is not act.cluster:
                self._shell.move_to(act.cluster)  # another process was ahead
            before = act.cluster.clock.now
            result = self._shell.run(line, stdin)
            if act.cluster.clock.now != before:
                act.touch("now")
        return result
