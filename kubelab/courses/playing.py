"""Plays what a lesson's author has written to be done: files into the home, lines, objects, time that passes.

Lines run in a shell of their own, so that the learner's terminal and its history know nothing of it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from kubelab.cluster import faults
from kubelab.cluster.cluster import Cluster
from kubelab.courses.format.lesson import Action, Advance, Apply, Break, RunLine, WriteFile
from kubelab.labs import simulation
from kubelab.terminal.lines import Result

PATIENCE = 900.0  # virtual seconds that one line may take
GLANCE = 1.0  # virtual seconds
MOST_GLANCES = 200
NOT_MEANT = (2, 126, 127)  # exit statuses: called in a wrong way, not to be run, not found


@dataclass(frozen=True)
class Failure:
    """An action that went wrong.

    Args:
        line: of the lesson's file.
    """

    line: int
    message: str


class Player:
    """Does one action after another in a cluster.

    Attributes:
        commands: the lines that ran, with their exit statuses, as the terminal would know them.
    """

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.commands: list[tuple[str, int]] = []
        self._shell = simulation.line_shell(cluster)

    def write(self, files: Mapping[str, str]) -> None:
        """Put files into the home."""
        for path, content in files.items():
            self._write(path, content)

    def _write(self, path: str, content: str) -> None:
        home, files = self._shell.machine.env["HOME"], self._shell.machine.files
        directory, slash, _ = path.rpartition("/")
        if slash:
            files.mkdir(f"{home}/{directory}", parents=True)
        files.write(f"{home}/{path}", content)

    def play(self, actions: Iterable[Action], look: Callable[[], None] = lambda: None) -> Failure | None:
        """Do all actions; stops at the first that goes wrong, and returns it.

        Args:
            look: called after each action, and now and then while time passes.
        """
        for action in actions:
            failure = self._do(action, look)
            look()
            if failure is not None:
                return failure
        return None

    def advance(self, seconds: float, look: Callable[[], None]) -> None:
        """Let virtual time pass, in glances: what comes and goes in between may be what a check is about."""
        end = self.cluster.clock.now + seconds
        while self.cluster.clock.now < end:
            due = self.cluster.next_due()
            moment = self.cluster.clock.now + max(GLANCE, seconds / MOST_GLANCES)
            self.cluster.run_until(min(end, max(moment, due if due is not None else end)))
            look()

    def _do(self, action: Action, look: Callable[[], None]) -> Failure | None:
        if isinstance(action, WriteFile):
            self._write(action.path, action.content)
        elif isinstance(action, Advance):
            self.advance(action.seconds, look)
        elif isinstance(action, Apply):
            return self._failure(self._shell.run("kubectl apply -f -", action.manifest), action.line)
        elif isinstance(action, Break):
            try:
                faults.inject(self.cluster, action.fault)
            except faults.FaultError as error:
                return Failure(action.line, str(error))
        elif isinstance(action, RunLine):
            result = self._shell.run(action.text, patience=PATIENCE)
            self.commands.append((action.text, result.exit))
            meant = action.may_fail and result.exit not in NOT_MEANT
            return None if meant else self._failure(result, action.line)
        return None

    @staticmethod
    def _failure(result: Result, line: int) -> Failure | None:
        if result.exit == 0:
            return None
        said = " | ".join((result.stderr or result.stdout).strip().splitlines()[-3:])
        return Failure(line, f"{result.line.splitlines()[0]!r} failed with exit code {result.exit}: {said[:400]}")
