"""What pages say over the socket, checked: a message is read into one of these, or refused with a reason.

The other direction is plain dicts: map, clock, terminal, edit, edited, file, html, error.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson


class BadMessage(Exception):
    """The page said something that is not in the protocol; the message is for whoever writes pages."""


@dataclass(frozen=True)
class Hello:
    revision: int
    cols: int
    rows: int


@dataclass(frozen=True)
class Keys:
    data: str


@dataclass(frozen=True)
class Resize:
    cols: int
    rows: int


@dataclass(frozen=True)
class Run:
    line: str


@dataclass(frozen=True)
class Apply:
    path: str
    content: str


@dataclass(frozen=True)
class Save:
    path: str
    content: str
    token: str = ""


@dataclass(frozen=True)
class Open:
    path: str


@dataclass(frozen=True)
class ClockAction:
    action: str  # pause resume rate jump step
    value: float = 1


@dataclass(frozen=True)
class Reset:
    pass


@dataclass(frozen=True)
class Step:
    lesson: str
    step: str


Message = Hello | Keys | Resize | Run | Apply | Save | Open | ClockAction | Reset | Step
TYPES: dict[str, Callable[..., Message]] = {
    "hello": Hello, "keys": Keys, "resize": Resize, "run": Run, "apply": Apply, "save": Save, "open": Open,
    "clock": ClockAction, "reset": Reset, "step": Step,
}  # fmt: skip


def read(text: str) -> Message:
    """Read a page's message.

    Raises:
        BadMessage: if it is not one.
    """
    try:
        said: Any = orjson.loads(text)
        make = TYPES[said.pop("type")]
    except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError):
        raise BadMessage("not a message of this protocol") from None
    wanted = make.__dataclass_fields__  # type: ignore[attr-defined]  # all of them are dataclasses
    try:
        fields = {name: _value(field.type, said[name]) for name, field in wanted.items() if said.get(name) is not None}
        return make(**fields)
    except (TypeError, ValueError):
        raise BadMessage(f"{make.__name__.lower()}: fields are {', '.join(wanted) or 'none'}") from None


def _value(kind: Any, value: Any) -> Any:
    if kind is str:
        if not isinstance(value, str):
            raise TypeError
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError
    return kind(value)
