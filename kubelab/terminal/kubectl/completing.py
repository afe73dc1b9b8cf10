"""Tab behind kubectl: commands, flags and their values, types, and the names of the cluster's objects.

What is offered where: the completion functions of kubectl/pkg/util/completion, and cobra's for commands and flags.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from kubelab.cluster.api.errors import ApiError
from kubelab.cluster.file_errors import FileError
from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import Command
from kubelab.terminal.kubectl.commands.api_resources import preferred
from kubelab.terminal.kubectl.completion_rules import ARGUMENTS, FLAG_VALUES, WITH_PODS, Rule
from kubelab.terminal.kubectl.errors import CommandError, Failures
from kubelab.terminal.kubectl.flags import Flag, FlagError, Flags, FlagSet, HelpWanted
from kubelab.terminal.kubectl.global_flags import GLOBAL_FLAGS
from kubelab.terminal.kubectl.tree import tree
from kubelab.terminal.tool import DIRECTORIES, FILES, Completion, Context, completer

if TYPE_CHECKING:
    from kubelab.cluster.files import FileSystem
    from kubelab.cluster.node.process import Machine

_ROOT = FlagSet(GLOBAL_FLAGS)
_FORMATS = re.compile(r"One of: \(([^)]*)\)")
_ANSWERS = (ApiError, CommandError, Failures)


@completer("kubectl", "k")
def complete(machine: Machine, words: Sequence[str]) -> list[Completion]:
    """Returns what the last word may become."""
    try:
        command, rest = tree().find(words[1:-1])
    except CommandError:
        return []
    return _Completing(machine, command, rest, words[-1]).offers()


@dataclass
class _Quiet:
    """As much of a command's context as the cluster is asked with; nothing is written."""

    machine: Machine
    state: dict[str, Any] = field(default_factory=dict)

    @property
    def files(self) -> FileSystem:
        return self.machine.files

    @property
    def env(self) -> Mapping[str, str]:
        return self.machine.env

    @property
    def now(self) -> float:
        return self.machine.now()

    def path(self, path: str) -> str:
        return path if path.startswith("/") else f"{self.machine.cwd.rstrip('/')}/{path}"

    def read_file(self, path: str) -> str:
        try:
            return self.files.read(self.path(path))
        except FileError as error:
            raise FileError(error.code, path) from None

    def error(self, text: str) -> None:
        return


class _Completing:
    """One press of Tab.

    Args:
        command: the command that the line calls, None for kubectl itself.
        rest: the words behind it, without the one that is completed.
    """

    def __init__(self, machine: Machine, command: Command | None, rest: Sequence[str], word: str) -> None:
        self._machine = machine
        self._command = command
        self._known = command.flag_set if command is not None else _ROOT
        self._word = word
        waiting = rest[-1] if rest and self._known.takes_next(rest[-1]) else ""
        self._waiting = self._flag(waiting) if waiting else None
        self._flags = self._parsed(rest[:-1] if waiting else rest)

    def _flag(self, word: str) -> Flag | None:
        name = word.lstrip("-")
        return self._known.find(name) if word.startswith("--") else self._known.by_short.get(name[:1])

    def _parsed(self, rest: Sequence[str]) -> Flags:
        try:
            return self._known.parse(rest)
        except (FlagError, HelpWanted):
            return Flags(self._known)

    @property
    def _args(self) -> list[str]:
        return self._flags.args

    def _call(self) -> Call:
        command = self._command or Command(path="", usage="", short="")
        return Call(cast(Context, _Quiet(self._machine)), command, self._flags)

    def offers(self) -> list[Completion]:
        """Returns what the word may become."""
        if self._waiting is not None:
            return self._values(self._waiting, "")
        if self._word.startswith("-"):
            name, equals, _ = self._word.partition("=")
            flag = self._flag(name) if equals else None
            return self._values(flag, f"{name}=") if flag is not None else self._flag_names()
        below = tree().below(self._command.path if self._command is not None else "")
        commands = [Completion(each.name) for each in below if not each.hidden]
        if commands and (self._command is None or not self._args):
            return commands
        return self._arguments()

    # flags

    def _flag_names(self) -> list[Completion]:
        found = []
        for flag in self._known.by_name.values():
            repeatable = flag.kind in ("strings", "array")
            if flag.hidden or flag.deprecated or (self._flags.changed(flag.name) and not repeatable):
                continue
            found.append(Completion(f"--{flag.name}"))
            if flag.short:
                found.append(Completion(f"-{flag.short}"))
        return [*found, Completion("--help"), Completion("-h")]

    def _values(self, flag: Flag, before: str) -> list[Completion]:
        source = FLAG_VALUES.get(flag.name, "")
        if source == "files":
            return [FILES]
        if source == "directories":
            return [DIRECTORIES]
        if source == "formats":
            formats = _FORMATS.search(flag.help)
            texts: Iterable[str] = formats[1].split(", ") if formats is not None else ()
        else:
            texts = self._asked(source)
        return [Completion(before + text) for text in texts]

    def _asked(self, source: str) -> list[str]:
        """Returns values for which a kubeconfig or the cluster is asked."""
        try:
            if source in ("contexts", "clusters", "users"):
                return sorted(getattr(self._call().config, source))
            if source == "containers":
                return self._containers()
            return self._names(source) if source else []
        except _ANSWERS:
            return []

    # arguments

    def _arguments(self) -> list[Completion]:
        rule = ARGUMENTS.get(self._command.path, Rule()) if self._command is not None else Rule()
        offer: Callable[[Rule], list[Completion]] = {
            "objects": self._objects,
            "pods": self._pods,
            "types": self._first_type,
            "names": self._first_name,
            "files": lambda rule: [FILES],
        }.get(rule.what, lambda rule: [])
        try:
            return offer(rule)
        except _ANSWERS:
            return []

    def _objects(self, rule: Rule) -> list[Completion]:
        """TYPE NAME NAME ... or TYPE/NAME TYPE/NAME ..."""
        args = self._args
        if args and "/" not in args[0]:
            if len(args) > 1 and not rule.repeats:
                return []
            return [Completion(name) for name in self._names(args[0]) if name not in args[1:]]
        if args and not rule.repeats:
            return []
        kind, slash, _ = self._word.partition("/")
        if slash:
            return [Completion(f"{kind}/{name}") for name in self._names(kind) if f"{kind}/{name}" not in args]
        types = rule.types or self._types()
        return [Completion(f"{name}/", final=False) for name in types] if args else [Completion(name) for name in types]

    def _pods(self, rule: Rule) -> list[Completion]:
        """A Pod, or something that has Pods; then perhaps a container."""
        if len(self._args) == 1 and rule.then == "containers":
            return [Completion(name) for name in self._containers()]
        if self._args:
            return []
        kind, slash, _ = self._word.partition("/")
        if slash:
            return [Completion(f"{kind}/{name}") for name in self._names(kind)]
        types = [Completion(f"{name}/", final=False) for name in WITH_PODS]
        return [*(Completion(name) for name in self._names("pods")), *types]

    def _first_type(self, rule: Rule) -> list[Completion]:
        return [] if self._args else [Completion(name) for name in self._types()]

    def _first_name(self, rule: Rule) -> list[Completion]:
        if self._args and not rule.repeats:
            return []
        return [Completion(name) for name in self._asked(rule.source) if name not in self._args]

    def _types(self) -> list[str]:
        """Returns the types that can be asked for; behind a comma the next one of several."""
        before = self._word[: self._word.rfind(",") + 1]
        return [before + kind.resource for kind in preferred(self._call().kinds.served()) if "get" in kind.verbs]

    def _names(self, type_name: str) -> list[str]:
        call = self._call()
        kind = call.kinds.find(type_name)
        if kind is None:
            return []
        found = call.api.list(kind, call.namespace if kind.namespaced else "")
        return [obj["metadata"]["name"] for obj in found]

    def _containers(self) -> list[str]:
        pod = self._pod(self._args[0]) if self._args else None
        spec: Object = pod["spec"] if pod is not None else {}
        return [each["name"] for name in ("initContainers", "containers") for each in spec.get(name) or ()]

    def _pod(self, word: str) -> Object | None:
        """Returns the Pod that is meant, the first one of a workload."""
        call = self._call()
        type_name, slash, name = word.rpartition("/")
        kind, pods = call.kinds.find(type_name or "pods"), call.kinds.find("pods")
        if kind is None or pods is None:
            return None
        if kind is pods or not slash:
            return call.api.find(pods, call.namespace, name)
        owner = call.api.find(kind, call.namespace, name) or {}
        selector = (owner.get("spec") or {}).get("selector") or {}
        labels = selector.get("matchLabels") or selector
        text = ",".join(f"{key}={value}" for key, value in labels.items() if isinstance(value, str))
        return next(iter(call.api.list(pods, call.namespace, labels=text)), None) if text else None
