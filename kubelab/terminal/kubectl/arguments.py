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
    kind = resources.find(name)
    if kind is None:
        raise CommandError(f"the server doesn't have a resource type {quote(name.partition('.')[0])}")
    return kind


def unique(words: Sequence[str]) -> list[str]:
    """Returns the words without repetition, in order."""
    return list(dict.fromkeys(words))
