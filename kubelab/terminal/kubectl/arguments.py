"""Arguments that name types and objects: `TYPE`, `TYPE1,TYPE2`, `TYPE NAME...`, `TYPE/NAME...`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from kubelab.cluster.kinds import Resources
from kubelab.cluster.kinds.kind import Kind
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.golang import quote


@dataclass
class Arguments:
    """What the arguments came to: types, names of the one type, and pairs of type and name."""

    types: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    pairs: list[tuple[str, str]] = field(default_factory=list)

    @classmethod
    def read(cls, words: Sequence[str], kinds: Callable[[], Resources], errors: list[Exception]) -> Arguments:
        """Reads the words; what is wrong with them is added to `errors`."""
        arguments = cls()
        words = normalized(words)
        if not words:
            return arguments
        slashes = sum("/" in word for word in words)
        if slashes:
            if slashes != len(words):
                errors.append(CommandError(MIXED))
                return arguments
            for word in words:
                try:
                    arguments.pairs.append(split_pair(word))
                except CommandError as error:
                    errors.append(error)
                    break
            return arguments
        arguments.types = unique(_expanded(words[0], kinds).split(","))
        arguments.names = list(words[1:])
        return arguments


MIXED = (
    "there is no need to specify a resource type as a separate argument when passing arguments in resource/name form "
    "(e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'"
)


def normalized(words: Sequence[str]) -> list[str]:
    """Returns `a,b c d` as `a/c a/d b/c b/d`, and all else as it is."""
    if len(words) >= 2:
        types = unique(words[0].split(","))
        if len(types) > 1:
            return [f"{type_name}/{name}" for type_name in types for name in words[1:]]
    return list(words)


def split_pair(word: str) -> tuple[str, str]:
    """Splits `TYPE/NAME`.

    Raises:
        CommandError: it is not of that form.
    """
    parts = word.split("/")
    if len(parts) != 2:
        raise CommandError("arguments in resource/name form may not have more than one slash")
    type_name, name = parts
    if not type_name or not name or len(unique(type_name.split(","))) != 1:
        raise CommandError("arguments in resource/name form must have a single resource and name")
    return type_name, name


def _expanded(word: str, kinds: Callable[[], Resources]) -> str:
    """Puts the types of a category such as `all` in its place."""
    return ",".join(_category(name, kinds) for name in word.split(","))


def _category(name: str, kinds: Callable[[], Resources]) -> str:
    resources = kinds()
    if resources.find(name) is not None:
        return name
    members = [kind for kind in resources if name in kind.categories]
    return ",".join(kind.resource for kind in members) or name


def kind_of(resources: Resources, name: str) -> Kind:
    """Returns the kind of a type's name.

    Raises:
        CommandError: the server has no such type.
    """
    kind = _by_short_name(resources, name) or resources.find(name) or _by_part_of_group(resources, name)
    if kind is None:
        raise CommandError(f"the server doesn't have a resource type {quote(name.partition('.')[0])}")
    return kind


def _by_short_name(resources: Resources, name: str) -> Kind | None:
    """Returns the kind of a short name with version and group: kubectl heeds neither the version nor the group's end.

    Source: k8s.io/client-go/restmapper/shortcut.go.
    """
    short, _, rest = name.partition(".")
    version, dot, group = rest.partition(".")
    if not version or not dot:
        return None
    return next(
        (kind for kind in resources.served() if short in kind.short_names and kind.group.startswith(group)), None
    )


def _by_part_of_group(resources: Resources, name: str) -> Kind | None:
    """Returns the kind of a name whose group is given by its beginning (apimachinery's pkg/api/meta/restmapper.go)."""
    resource, dot, group = name.partition(".")
    if not dot or not group:
        return None
    found = (kind for kind in resources.served() if kind.group.startswith(group))
    return next((kind for kind in found if resource in (kind.plural, kind.singular, *kind.short_names)), None)


def unique(words: Sequence[str]) -> list[str]:
    """Returns the words without repetition, in order."""
    return list(dict.fromkeys(words))
