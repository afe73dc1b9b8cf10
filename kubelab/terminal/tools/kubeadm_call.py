"""One call of kubeadm: its flags, what it says, how it fails.

Source: cmd/kubeadm/app/util/error.go, preflight/checks.go.
"""

from __future__ import annotations

from kubelab.cluster.node import host, packages
from kubelab.cluster.objects import Object
from kubelab.terminal.nodes import node_of
from kubelab.terminal.tool import Context, Exit
from kubelab.terminal.tools.dialing import Replay

STACK = "To see the stack trace of this error execute with --v=5 or higher\n"
NEW_WORDS = 34  # the minor version since which errors begin with "error: "


class Call:
    """A call of kubeadm on a node.

    Args:
        words: the arguments behind the command's name that are no flags.

    Attributes:
        release: kubeadm's own version: "v1.36.2".
        configured: what a configuration file says in place of flags.
    """

    def __init__(self, ctx: Context, words: list[str]) -> None:
        self.ctx = ctx
        self.words = words
        self.state = ctx.state
        self.cluster = ctx.machine.cluster
        self.node = node_of(ctx)
        self.release = f"v{packages.installed(self.cluster, self.node)['kubeadm'].partition('-')[0]}"
        self.configured: dict[str, str] = {}
        self._replay: Replay | None = None

    @property
    def minor(self) -> int:
        """kubeadm's minor version."""
        return int(self.release.split(".")[1])

    @property
    def record(self) -> Object:
        """The machine (cluster/node/host.py)."""
        return self.cluster.store.get(host.HOSTS + self.node) or {}

    def flag(self, name: str, short: str = "") -> bool:
        """Tells whether a flag was given."""
        given = {arg.partition("=")[0] for arg in self.ctx.args}
        return f"--{name}" in given or (bool(short) and short in given) or name in self.configured

    def value(self, name: str, default: str = "") -> str:
        """Returns a flag's value."""
        args = self.ctx.args
        for index, arg in enumerate(args):
            if arg.startswith(f"--{name}="):
                return arg.partition("=")[2]
            if arg == f"--{name}" and index + 1 < len(args):
                return args[index + 1]
        return self.configured.get(name, default)

    def short_value(self, letter: str) -> str:
        """Returns the value of a flag of one letter: `-c 5`, `-c5`."""
        args = self.ctx.args
        for index, arg in enumerate(args):
            if arg == f"-{letter}" and index + 1 < len(args):
                return args[index + 1]
            if arg.startswith(f"-{letter}") and len(arg) > len("-c"):
                return arg[2:].removeprefix("=")
        return ""

    # what it says; a stretch is written once, although it may be gone through again after a restart

    def begin(self, stretch: str) -> None:
        """Begins a stretch of the output."""
        self._replay = Replay(self.ctx, stretch)

    def say(self, text: str) -> None:
        """Writes a line."""
        if self._replay is None:
            self.ctx.print(text)
        else:
            self._replay.out(text + "\n")

    def fail(self, text: str) -> Exit:
        """Returns how the command ends with an error."""
        prefix = "error: " if self.minor >= NEW_WORDS and not text.startswith("error: ") else ""
        return Exit(1, f"{prefix}{text}\n{STACK}")

    def preflight(self, errors: list[tuple[str, str]], phase: str = "preflight") -> None:
        """Fails when checks did.

        Args:
            errors: the checks' names and what is wrong.

        Raises:
            Exit: unless they are to be ignored (--ignore-preflight-errors).
        """
        ignored = {name.strip().lower() for name in self.value("ignore-preflight-errors").split(",")}
        fatal = [each for each in errors if each[0].lower() not in ignored and "all" not in ignored]
        for name, text in errors:
            if (name, text) not in fatal:
                self.ctx.error(f"\t[WARNING {name}]: {text}\n")
        if fatal:
            shown = "".join(f"\t[ERROR {name}]: {text}\n" for name, text in fatal)
            raise self.fail(
                f"error execution phase {phase}: [preflight] Some fatal errors occurred:\n{shown}"
                "[preflight] If you know what you are doing, you can make a check non-fatal with "
                "`--ignore-preflight-errors=...`"
            )

    def refused(self, path: str) -> str:
        """Returns what a request to an API server that does not answer comes to."""
        server = (self.cluster.store.get("/machine/authority/ca.crt") or {}).get("server", "")
        return f'Get "https://{server}:6443{path}?timeout=10s": dial tcp {server}:6443: connect: connection refused'
