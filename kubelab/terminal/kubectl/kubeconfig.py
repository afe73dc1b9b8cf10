"""kubeconfig files: which there are, how several are one, and what a context comes to (client-go's clientcmd)."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kubelab.cluster.file_errors import FileError
from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.errors import CommandError, PlainError
from kubelab.terminal.kubectl.global_flags import GLOBAL_FLAGS
from kubelab.terminal.kubectl.golang import quote
from kubelab.terminal.kubectl.kubeconfig_schema import mismatch
from kubelab.terminal.kubectl.manifests import YamlError, load_yaml

if TYPE_CHECKING:
    from kubelab.terminal.kubectl.flags import Flags
    from kubelab.terminal.tool import Context

NO_SERVER = "http://localhost:8080"
LISTS = {"clusters": "cluster", "contexts": "context", "users": "user"}
_CERTIFICATES = ("certificate-authority", "client-certificate", "client-key")


@dataclass(frozen=True)
class ConfigFile:
    """One file and what is in it."""

    path: str
    exists: bool
    content: Object


@dataclass
class Kubeconfig:
    """What the files say together; for each name the first file that has it wins."""

    files: Sequence[ConfigFile]
    current: str = ""
    clusters: dict[str, Object] = field(default_factory=dict)
    contexts: dict[str, Object] = field(default_factory=dict)
    users: dict[str, Object] = field(default_factory=dict)
    preferences: Object = field(default_factory=dict)

    def __post_init__(self) -> None:
        for file in self.files:
            self.current = self.current or file.content.get("current-context") or ""
            self.preferences = self.preferences or file.content.get("preferences") or {}
            for plural, singular in LISTS.items():
                entries = getattr(self, plural)
                for entry in file.content.get(plural) or ():
                    entries.setdefault(entry.get("name", ""), entry.get(singular) or {})

    def file_of(self, plural: str, name: str) -> ConfigFile | None:
        """Returns the file that an entry comes from."""
        for file in self.files:
            if any(entry.get("name") == name for entry in file.content.get(plural) or ()):
                return file
        return None


def load(ctx: Context, explicit: str, *, missing_ok: bool = False) -> Kubeconfig:
    """Reads --kubeconfig, else the files of $KUBECONFIG, else ~/.kube/config.

    Args:
        missing_ok: a --kubeconfig that does not exist is an empty one (`kubectl config` may be about to make it).

    Raises:
        CommandError: a file cannot be read, or is no kubeconfig.
    """
    if explicit:
        if not missing_ok and not ctx.files.exists(ctx.path(explicit)):
            raise CommandError(f"stat {explicit}: no such file or directory")
        return _merged((_read(ctx, explicit),))
    return _merged(tuple(_read(ctx, path) for path in paths(ctx)))


def paths(ctx: Context) -> list[str]:
    """Returns the files that are looked at without --kubeconfig."""
    listed = [path for path in ctx.env.get("KUBECONFIG", "").split(":") if path]
    return list(dict.fromkeys(listed)) or [f"{ctx.env.get('HOME', '').rstrip('/')}/.kube/config"]


def _read(ctx: Context, path: str) -> ConfigFile:
    try:
        text = ctx.read_file(path)
    except FileError as error:
        if error.code == "ENOENT":
            return ConfigFile(path, False, {})
        raise CommandError(f'error loading config file "{path}": open {path}: {error.reason.lower()}') from None
    try:
        return ConfigFile(path, True, _parsed(text))
    except YamlError as error:
        raise CommandError(f"error loading config file {quote(path)}: {error}") from None


@functools.lru_cache(maxsize=64)
def _parsed(text: str) -> Object:
    content = load_yaml(text)
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise YamlError("couldn't get version/kind; json parse error: json: cannot unmarshal into Go value")
    problem = mismatch(content)
    if problem:
        raise YamlError(problem)
    return content


_known: dict[tuple[tuple[str, bool, int], ...], tuple[Sequence[ConfigFile], Kubeconfig]] = {}


def _merged(files: Sequence[ConfigFile]) -> Kubeconfig:
    """The same files come to the same config: a command line in a loop does not read it anew."""
    key = tuple((file.path, file.exists, id(file.content)) for file in files)
    known = _known.get(key)
    # The contents are held, so that their ids stay theirs.
    if known is None:
        if len(_known) > 64:
            _known.clear()
        known = _known[key] = (files, Kubeconfig(files))
    return known[1]


@dataclass(frozen=True)
class Target:
    """What a command talks to: where, as whom, in which namespace."""

    server: str
    namespace: str
    user: Object
    cluster: Object
    configured: bool


def target(config: Kubeconfig, flags: Flags) -> Target:
    """Returns what the current context and the flags that override it come to.

    Raises:
        CommandError: a context, cluster or user is named that does not exist.
    """
    name = flags.text("context") or config.current
    context: Any = config.contexts.get(name) or {}
    if name and name not in config.contexts and flags.changed("context"):
        raise PlainError(f"Error in configuration: context was not found for specified context: {name}")
    cluster_name = _override(flags, "cluster") or context.get("cluster") or ""
    user_name = _override(flags, "user") or context.get("user") or ""
    if _override(flags, "cluster") and cluster_name not in config.clusters:
        raise CommandError(f"no server found for cluster {quote(cluster_name)}")
    if _override(flags, "user") and user_name not in config.users:
        raise CommandError(f"auth info {quote(user_name)} does not exist")
    cluster = config.clusters.get(cluster_name) or {}
    user = config.users.get(user_name) or {}
    if flags.text("token"):
        user = {"token": flags.text("token")}
    server = flags.text("server") or cluster.get("server") or ""
    return Target(server or NO_SERVER, context.get("namespace") or "", user, cluster, bool(server))


def _override(flags: Flags, name: str) -> str:
    """Returns a global flag; a command's own flag of that name (`create rolebinding --user`) is another thing."""
    return flags.text(name) if flags.flag(name) in GLOBAL_FLAGS else ""


def certificate_files(entry: Object) -> list[str]:
    """Returns the fields of an entry that name certificate files."""
    return [name for name in _CERTIFICATES if entry.get(name)]
