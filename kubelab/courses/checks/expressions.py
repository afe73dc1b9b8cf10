"""Expressions of checks, compiled once: what each one reads, and what is wrong with it.

CEL: https://github.com/google/cel-spec; the names that are ours are in `vocabulary`.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from kubelab.cluster.kinds import Resources, for_version
from kubelab.courses.checks.language import cel

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
    "reaches": (NOW,),  # what the network does follows from much, also from what was changed on nodes by hand
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
LOOP = re.compile(r"\.\s*(?:all|exists|exists_one|filter|map)\s*(?=\()")
DEEPEST = 2  # loops over objects within each other
BOUND = re.compile(r"\.\s*(?:all|exists|exists_one|filter|map)\s*\(\s*(\w+)\s*,")
MEMBER = re.compile(r"\bsystem\s*\.\s*(\w+)")
PLACE = re.compile(r"<input>:(\d+):(\d+):\s*(.*)")


@dataclass(frozen=True)
class Expression:
    """A compiled expression.

    Args:
        variables: the names in it that stand for something.
        functions: those of ours that it calls.
        reads: plurals of the kinds whose objects it reads, and the names of what else it does.
        of_system: plurals of those that it reads of the system's namespaces.
        depth: how many loops over objects are within each other, which is what its cost goes by.
        problems: each with its line within the expression, from 0.
    """

    text: str
    program: Any
    variables: frozenset[str] = frozenset()
    functions: frozenset[str] = frozenset()
    reads: frozenset[str] = frozenset()
    of_system: frozenset[str] = frozenset()
    depth: int = 1
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
    variables = frozenset(program.variables()) - bound
    for name in variables:
        if name in kinds.plurals or name in (COMMANDS, REMEMBERED, NOW):
            reads.add(name)
        elif name != SYSTEM:
            unknown.append(name)
    members = set(MEMBER.findall(text))
    reads |= members & kinds.plurals
    unknown += [f"system.{name}" for name in members - kinds.plurals]
    called = frozenset(program.functions()) & (FUNCTIONS.keys() | kinds.singulars.keys())
    for name in program.functions():
        if name in FUNCTIONS:
            reads.update(FUNCTIONS[name])
        elif name in kinds.singulars:
            reads.add(kinds.singulars[name])
        elif name.isidentifier() and name not in STANDARD:
            unknown.append(f"{name}()")
    problems = [(_line_of(text, name), f"{name} is nothing that a check knows") for name in sorted(unknown)]
    depth = _depth(text, bound)
    if depth > DEEPEST:
        problems.append((0, f"more than {DEEPEST} loops over objects within each other would take too long"))
    return Expression(text, program, variables, called, frozenset(reads), frozenset(members), depth, tuple(problems))


def _depth(text: str, bound: set[str]) -> int:
    """Return how many loops over objects lie within each other; those over parts of one object do not count."""
    text = re.sub(r"'[^'\n]*'|\"[^\"\n]*\"", lambda quoted: " " * len(quoted[0]), text)
    opened = {found.end() for found in LOOP.finditer(text) if _base(text, found.start()) not in bound}
    deepest, calls = 0, list[bool]()
    for place, letter in enumerate(text):
        if letter == "(":
            calls.append(place in opened)
            deepest = max(deepest, sum(calls))
        elif letter == ")" and calls:
            calls.pop()
    return deepest


def _base(text: str, end: int) -> str:
    """Return the first name of what ends at a place: "pods" of `pods.filter(p, true)`."""
    depth, place = 0, end
    while place and (depth or text[place - 1] in ")]." or text[place - 1].isalnum() or text[place - 1] == "_"):
        place -= 1
        depth += (text[place] in ")]") - (text[place] in "([")
        if depth < 0:
            place += 1
            break
        if not depth and text[place] in "([" and not (place and (text[place - 1].isalnum() or text[place - 1] == "_")):
            break  # a parenthesis, or a list, that is no call
    found = re.match(r"\w+", text[place:end])
    return found[0] if found else ""


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
