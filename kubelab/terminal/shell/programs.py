"""Compiled programs.

A program itself is never saved: a process that is saved names its text and the position in it, and compiling the same
text gives the same instructions.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

from kubelab.terminal.shell import control, launching
from kubelab.terminal.shell.compiler import Compiler, Instruction
from kubelab.terminal.shell.grammar import parse
from kubelab.terminal.shell.scanning import Incomplete, SyntaxFault

REMEMBERED = 1_000_000  # letters and instructions of programs that are kept compiled
_MARKS = {"ash": "\1", "dash": "\2"}
_FLAVOURS = {mark: flavour for flavour, mark in _MARKS.items()}


@dataclass(frozen=True)
class Unit:
    """A compiled program; `unclosed` are its here-documents that only its end has ended (line, delimiter)."""

    text: str
    code: tuple[Instruction, ...]
    unclosed: tuple[tuple[int, str], ...] = ()


# Programs that no text gives: run the command on the stack; wait for the process on the stack.
RUN = "\0run"
COLLECT = "\0collect"
_BUILT = {
    RUN: Unit(RUN, ((launching.run,), (control.leave,))),
    COLLECT: Unit(COLLECT, ((control.collect,), (control.end,))),
}


class _Remembered:
    """The programs that were compiled last, up to a weight; shared by all threads."""

    def __init__(self) -> None:
        self._units: OrderedDict[str, Unit] = OrderedDict()
        self._weight = 0
        self._lock = Lock()

    def get(self, text: str) -> Unit | None:
        return self._units.get(text)

    def put(self, unit: Unit) -> None:
        with self._lock:
            if unit.text in self._units:
                return
            self._units[unit.text] = unit
            self._weight += len(unit.text) + len(unit.code)
            while self._weight > REMEMBERED:
                _text, old = self._units.popitem(last=False)
                self._weight -= len(old.text) + len(old.code)


_remembered = _Remembered()


def marked(text: str, flavour: str) -> str:
    """Returns a program as `compile_text` takes it for a shell: what is no bash's begins with a mark."""
    return _MARKS.get(flavour, "") + text


def compile_text(text: str) -> Unit:
    """Compiles a program.

    Args:
        text: the program, `marked`.

    Raises:
        Incomplete: when it ends within something.
        SyntaxFault: when it is no shell language.
    """
    unit = _BUILT.get(text) or _remembered.get(text)
    if unit is None:
        unit = _compile(text)
        _remembered.put(unit)
    return unit


def _compile(key: str) -> Unit:
    flavour = _FLAVOURS.get(key[:1], "bash")
    text = key if flavour == "bash" else key[1:]
    compiler = Compiler(flavour)
    try:
        body = parse(text)
    except (SyntaxFault, Incomplete):
        sound = sound_part(text)
        if not sound:
            raise
        compiler.body(parse(sound))  # what comes before the mistake is run, as shells do
        compiler.emit(control.give_up, text)
        return Unit(key, tuple(compiler.code))
    compiler.body(body)
    compiler.emit(control.end)
    return Unit(key, tuple(compiler.code), body.unclosed)


def sound_part(text: str) -> str:
    """Returns the lines of a wrong program that make up whole commands before its mistake."""
    sound = gathered = ""
    for line in text.splitlines(keepends=True):
        gathered += line
        try:
            parse(gathered, lenient=False)
        except Incomplete:
            continue
        except SyntaxFault:
            break
        sound, gathered = sound + gathered, ""
    return sound if sound.strip() else ""
