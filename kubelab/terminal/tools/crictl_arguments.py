"""What crictl's commands are given: flags, ids, names. Source: cri-tools, cmd/crictl (urfave/cli)."""

from __future__ import annotations

from kubelab.cluster.node import cri
from kubelab.cluster.node.container import Container
from kubelab.terminal.nodes import node_of
from kubelab.terminal.tool import Context, Exit

SHORT = {"a": "all", "q": "quiet", "o": "output", "p": "pod", "s": "state", "l": "latest", "n": "last", "f": "follow",
         "t": "timeout", "v": "verbose", "i": "interactive"}  # fmt: skip
WITH_VALUE = frozenset(
    "output name namespace state pod label image last id tail since timeout creds auth template r".split()
)


class Arguments:
    """The flags and operands of one call.

    Args:
        args: what follows the command's name.
    """

    def __init__(self, ctx: Context, args: list[str]) -> None:
        self.ctx = ctx
        self.flags: dict[str, str] = {}
        self.operands: list[str] = []
        left = list(args)
        while left:
            word = left.pop(0)
            if not word.startswith("-") or word == "-":
                self.operands.append(word)
                continue
            if word[1] != "-" and "=" not in word and len(word) > 2 and all(letter in SHORT for letter in word[1:]):
                left[:0] = [f"-{letter}" for letter in word[1:]]
                continue
            name, equals, value = word.lstrip("-").partition("=")
            name = SHORT.get(name, name)
            if name in WITH_VALUE and not equals and left:
                value = left.pop(0)
            self.flags[name] = value or "true"

    def on(self, name: str) -> bool:
        """Tells whether a flag was given."""
        return self.flags.get(name, "false") != "false"

    def text(self, name: str) -> str:
        """Returns a flag's value, "" where it was not given."""
        return self.flags.get(name, "")

    def containers(self, *, needed: bool = True) -> list[tuple[cri.Sandbox, Container]]:
        """Returns the containers whose ids were given, by a beginning of each.

        Raises:
            Exit: there is none of an id, or none was given.
        """
        if needed and not self.operands:
            raise Exit(1, f'time="{self.stamp}" level=fatal msg="ID cannot be empty"\n')
        every = list(cri.containers(self.ctx.machine.cluster, node_of(self.ctx)))
        found = []
        for given in self.operands:
            match = next((pair for pair in every if pair[1].id.startswith(given)), None)
            if match is None:
                raise self.not_found("container", given)
            found.append(match)
        return found

    @property
    def stamp(self) -> str:
        """The time as crictl's log has it."""
        from kubelab.cluster.clock import rfc3339

        return rfc3339(self.ctx.now)

    def not_found(self, what: str, given: str) -> Exit:
        """Returns what is said of an id that nothing has."""
        error = f'rpc error: code = NotFound desc = an error occurred when try to find {what} \\"{given}\\": not found'
        return Exit(
            1, f'time="{self.stamp}" level=fatal msg="getting the status of the {what} \\"{given}\\": {error}"\n'
        )
