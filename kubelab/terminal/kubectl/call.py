"""One call of a kubectl command: its flags and arguments, its streams, and the cluster that it talks to."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property
from typing import TYPE_CHECKING, Any

from kubelab.cluster.kinds import Resources
from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl import kubeconfig
from kubelab.terminal.kubectl.arguments import kind_of
from kubelab.terminal.kubectl.client import client_release
from kubelab.terminal.kubectl.connection import Connection, acting_user, refuse_unless_up, user_of
from kubelab.terminal.kubectl.errors import CommandError, UsageError
from kubelab.terminal.kubectl.golang import GoError, parse_duration
from kubelab.terminal.kubectl.help import command_help
from kubelab.terminal.kubectl.incluster import target_of_pod

if TYPE_CHECKING:
    from kubelab.terminal.kubectl.command import Command
    from kubelab.terminal.kubectl.flags import Flags
    from kubelab.terminal.tool import Context

_WARNING, _COLOURED_WARNING = "Warning:", "\x1b[33;1mWarning:\x1b[0m"


class Call:
    """What a command's `run` is given.

    Attributes:
        ctx: the shell's context: files, environment, streams, time.
        flags: what the flags came to.
        args: the arguments that are no flags.
    """

    def __init__(self, ctx: Context, command: Command, flags: Flags) -> None:
        self.ctx = ctx
        self.command = command
        self.flags = flags
        self.args = flags.args
        self.commands: Collection[str] = ()  # the first words of all commands
        self.warnings = 0
        self._ambiguous: set[str] = set()  # short names that were warned of

    @property
    def state(self) -> Object:
        """JSON that survives while the command waits."""
        return self.ctx.state

    def out(self, text: str) -> None:
        """Writes to standard output."""
        self.ctx.write(text)

    def say(self, line: str) -> None:
        """Writes a line to standard output."""
        self.ctx.write(line + "\n")

    def err(self, text: str) -> None:
        """Writes to standard error."""
        self.ctx.error(text)

    def warn(self, message: str) -> None:
        """Tells a warning of the server."""
        self.warnings += 1
        head = _COLOURED_WARNING if self.ctx.stream(2).is_tty else _WARNING
        self.ctx.error(f"{head} {message}\n")

    def usage(self, message: str) -> UsageError:
        """Returns the error for a wrong call of this command."""
        return UsageError(self.command.full_path, message)

    def help(self) -> None:
        """Prints the command's help, as some commands do when they are called in a wrong way."""
        self.out(command_help(self.command, []))

    @property
    def stdin(self) -> str:
        """All of standard input; it was read before the command began, since `-` stands for it."""
        return str(self.ctx.state.get("@stdin", ""))

    @cached_property
    def config(self) -> kubeconfig.Kubeconfig:
        """What the kubeconfig files say."""
        return kubeconfig.load(self.ctx, self.flags.text("kubeconfig"))

    def forget_config(self) -> None:
        """Lets the kubeconfig be read anew, since this command has changed it."""
        self.__dict__.pop("config", None)

    @cached_property
    def target(self) -> kubeconfig.Target:
        """The server, user and namespace of this call."""
        found = kubeconfig.target(self.config, self.flags)
        return found if found.configured else target_of_pod(self.ctx) or found

    @property
    def namespace(self) -> str:
        """The namespace in which the command works."""
        return self.flags.text("namespace") or self.target.namespace or "default"

    @property
    def explicit_namespace(self) -> bool:
        """Whether the namespace was given with the command."""
        return bool(self.flags.text("namespace"))

    @cached_property
    def api(self) -> Connection:
        """The connection to the cluster.

        Raises:
            CommandError: there is none.
        """
        _check_timeout(self.flags.text("request-timeout"))
        refuse_unless_up(self.ctx, self.target)
        user = acting_user(self.ctx, user_of(self.ctx, self.target.user), self.target.user, self.flags)
        return Connection(self.ctx.machine.cluster, user, self.warn)

    @cached_property
    def minor(self) -> int:
        """The minor version of kubectl."""
        return int(client_release(self.ctx.machine).split(".")[1])

    @property
    def kinds(self) -> Resources:
        """The kinds that the cluster serves."""
        return self.api.kinds

    def kind(self, name: str) -> Kind:
        """Returns the kind of a type's name, and tells when a short name could mean another one as well.

        Raises:
            CommandError: the server has no such type.
        """
        found = kind_of(self.kinds, name)
        if name.endswith("."):  # the core group's form: resource.version.
            name = name.partition(".")[0]
        if name in found.short_names and name not in self._ambiguous:
            self._ambiguous.add(name)
            for other in self.kinds.served():
                if name in other.short_names and other.group != found.group:
                    self.err(
                        f'Warning: short name "{name}" could also match lower priority resource {other.resource}\n'
                    )
        return found

    def keep(self, name: str, value: Any) -> None:
        """Puts a value into the state."""
        self.ctx.state[name] = value


def _check_timeout(text: str) -> None:
    """Lets a --request-timeout pass (k8s.io/client-go/tools/clientcmd, ParseTimeout).

    Raises:
        CommandError: it is no time.
    """
    if text.isdecimal() or not text:
        return
    if text.lstrip("-").isdecimal() and int(text):
        raise CommandError(_INVALID_TIMEOUT)
    try:
        parse_duration(text)
    except GoError:
        raise CommandError(_INVALID_TIMEOUT) from None


_INVALID_TIMEOUT = (
    "Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a corresponding "
    "time unit (e.g. 1s | 2m | 3h)"
)
