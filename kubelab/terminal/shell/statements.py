"""The structure of a shell program: statements as plain data, their words still as source.

Source: bash(1), SHELL GRAMMAR.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Redirect:
    """`fd operator target`; fd -1 where none is written. For `<<` the target is the text, `quoted`: as it is."""

    fd: int
    operator: str
    target: str
    quoted: bool = False


@dataclass(frozen=True)
class Simple:
    """Assignments, a command and its arguments; `words` in order, assignments among the first of them."""

    words: tuple[str, ...]
    line: int


@dataclass(frozen=True)
class Condition:
    """`[[ source ]]`."""

    source: str
    line: int


@dataclass(frozen=True)
class ArithmeticCommand:
    """`(( source ))`."""

    source: str
    line: int


@dataclass(frozen=True)
class If:
    """`if`, `elif` and `else`: conditions with bodies, and what is done when none holds."""

    branches: tuple[tuple[Body, Body], ...]
    otherwise: Body | None


@dataclass(frozen=True)
class While:
    """`while` and `until`."""

    condition: Body
    body: Body
    until: bool


@dataclass(frozen=True)
class For:
    """`for name in words`; `words` is None for the positional parameters."""

    name: str
    words: tuple[str, ...] | None
    body: Body
    line: int


@dataclass(frozen=True)
class ForArithmetic:
    """`for ((first; test; step))`."""

    first: str
    test: str
    step: str
    body: Body


@dataclass(frozen=True)
class CaseItem:
    """`patterns) body ;;`; `end` is ";;", ";&" (go on into the next body) or ";;&" (go on with the next patterns)."""

    patterns: tuple[str, ...]
    body: Body | None
    end: str


@dataclass(frozen=True)
class Case:
    """`case subject in ... esac`."""

    subject: str
    items: tuple[CaseItem, ...]


@dataclass(frozen=True)
class Group:
    """`{ body; }`."""

    body: Body


@dataclass(frozen=True)
class Subshell:
    """`( body )`."""

    body: Body


@dataclass(frozen=True)
class Function:
    """`name() body`; `source` is the text of the body."""

    name: str
    source: str
    line: int


Shape = Simple | Condition | ArithmeticCommand | If | While | For | ForArithmetic | Case | Group | Subshell | Function


@dataclass(frozen=True)
class Command:
    """A command with its redirections."""

    shape: Shape
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True)
class Pipeline:
    """Commands joined by `|`; `both`: which of them also send standard error on (`|&`)."""

    stages: tuple[Command, ...]
    both: tuple[bool, ...]
    negated: bool = False
    timed: bool = False


@dataclass(frozen=True)
class AndOr:
    """Pipelines joined by `&&` and `||`; `source` is what is shown of it as a job."""

    first: Pipeline
    rest: tuple[tuple[str, Pipeline], ...] = ()
    background: bool = False
    source: str = ""


@dataclass(frozen=True)
class Body:
    """Statements one after the other; of a whole text also its here-documents that only its end has ended."""

    items: tuple[AndOr, ...] = field(default_factory=tuple)
    unclosed: tuple[tuple[int, str], ...] = ()
