"""Expressions of checks, compiled once: what each one reads, and what is wrong with it.

CEL: https://github.com/google/cel-spec; the names that are ours are in `vocabulary`.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cel

from kubelab.cluster.kinds import Resources, for_version

COMMANDS, FILES, REMEMBERED, NOW = "commands", "files", "remembered", "now"  # what is read beside objects
SYSTEM = "system"

# Functions of ours, with what they read beside their arguments.
FUNCTIONS: dict[str, tuple[str, ...]] = {
    "ran": (COMMANDS,),
    "typed": (COMMANDS,),
    "file": (FILES,),
    "manifests": (FILES,),
    "ready": ("endpointslices",),
    "endpoints": ("endpointslices",),
    "ownedBy": ("replicasets", "jobs"),
    **dict.fromkeys(("condition", "state", "restarts", "images", "labelled"), ()),
    **dict.fromkeys(("join", "split", "sum", "min", "max", "lowerAscii", "quantity"), ()),
}
STANDARD = frozenset(
    """
    size contains startsWith endsWith matches string int uint double bool bytes type dyn duration timestamp in has
    all exists exists_one filter map getFullYear getMonth getDate getDayOfMonth getDayOfWeek getDayOfYear getHours
    getMinutes getSeconds getMilliseconds
    """.split()
)
BOUND = re.compile(r"\.\s*(?:all|exists|exists_one|filter|map)\s*\(\s*(\w+)\s*,")
MEMBER = re.compile(r"\bsystem\s*\.\s*(\w+)")
PLACE = re.compile(r"<input>:(\d+):(\d+):\s*(.*)")


@dataclass(frozen=True)
class Expression:
    """A compiled expression.

    Args:
        reads: plurals of the kinds whose objects it reads, and the names of what else it does.
        of_system: plurals of those that it reads of the system's namespaces.
        problems: each with its line within the expression, from 0.
    """

    text: str
    program: Any
    reads: frozenset[str] = frozenset()
    of_system: frozenset[str] = frozenset()
    problems: tuple[tuple[int, str], ...] = ()

    def is_touched(self, changed: frozenset[str] | None) -> bool:
        """Tell whether its value may be another one; None: anything may have changed."""
        return changed is None or NOW in self.reads or not self.reads.isdisjoint(changed)


@lru_cache(maxsize=4096)
def compiled(text: str, version: str) -> Expression:
    """Compile an expression for clusters of a Kubernetes version; see its `problems`."""
    try:
        program = cel.compile(text)
    except BaseException as error:  # the library's panics are none of Exception's
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        return Expression(text, None, problems=(_syntax(error),))
    kinds = kind_names(version)
    reads, unknown = set[str](), list[str]()
    bound = set(BOUND.findall(text))
    for name in set(program.variables()) - bound:
        if name in kinds.plurals or name in (COMMANDS, REMEMBERED, NOW):
            reads.add(name)
        elif name != SYSTEM:
            unknown.append(name)
    members = set(MEMBER.findall(text))
    reads |= members & kinds.plurals
    unknown += [f"system.{name}" for name in members - kinds.plurals]
    for name in program.functions():
        if name in FUNCTIONS:
            reads.update(FUNCTIONS[name])
        elif name in kinds.singulars:
            reads.add(kinds.singulars[name])
        elif name.isidentifier() and name not in STANDARD:
            unknown.append(f"{name}()")
    problems = tuple((_line_of(text, name), f"{name} is nothing that a check knows") for name in sorted(unknown))
    return Expression(text, program, frozenset(reads), frozenset(members), problems)


def _syntax(error: BaseException) -> tuple[int, str]:
    found = PLACE.search(str(error))
    if not found:
        return 0, f"the expression cannot be read: {str(error).splitlines()[0][:200]}"
    return int(found[1]) - 1, f"the expression cannot be read, at letter {found[2]}: {found[3]}"


def _line_of(text: str, name: str) -> int:
    found = re.search(rf"\b{re.escape(name.removesuffix('()').rpartition('.')[2])}\b", text)
    return text.count("\n", 0, found.start()) if found else 0


@dataclass(frozen=True)
class KindNames:
    """The names by which checks speak of kinds."""

    plurals: frozenset[str]
    singulars: dict[str, str]  # with the plural
    plural_of: dict[str, str]  # by the storage's prefix
    prefix_of: dict[str, str]  # by the plural
    canonical: dict[str, str]  # all that kubectl takes for a kind, with the plural


@lru_cache(maxsize=16)
def kind_names(version: str) -> KindNames:
    """Return the names of the built-in kinds of a Kubernetes version."""
    resources: Resources = for_version(version)
    canonical: dict[str, str] = {}
    for kind in resources:
        for name in (kind.plural, kind.singular, *kind.short_names):
            canonical.setdefault(name, kind.plural)
    kinds = list(resources)
    return KindNames(
        frozenset(kind.plural for kind in kinds),
        {kind.singular: kind.plural for kind in reversed(kinds)} | {"ns": "namespaces"},  # CEL reserves "namespace"
        {kind.prefix: kind.plural for kind in kinds},
        {kind.plural: kind.prefix for kind in reversed(kinds)},
        canonical,
    )
