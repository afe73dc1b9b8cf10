"""printf: writes arguments under a format. Source: bash(1), printf; POSIX printf(1)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from kubelab.terminal.shell.builtin import builtin
from kubelab.terminal.shell.escapes import merged, printf_escape, shell_quote, unescape
from kubelab.terminal.shell.lexer import is_name
from kubelab.terminal.tool import Context

if TYPE_CHECKING:
    from kubelab.terminal.shell.task import Task

_CONVERSION = re.compile(r"%([-+ #0']*)(\*|-?\d+)?(?:\.(\*|-?\d+)?)?(?:[hlLjzt]*)(\([^)]*\)T|.)", re.S)
_NUMBER = re.compile(r"\s*([-+]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)")
WIDEST = 1_000_000  # letters of one field


class _Stop(Exception):
    """`\\c`: nothing more is written."""


class _Printer:
    """Writes arguments under one format, which is used again as long as there are arguments.

    Args:
        task: whose shell complains.
        args: the arguments.
    """

    def __init__(self, task: Task, args: list[str]) -> None:
        self.task = task
        self.args = args
        self.at = 0
        self.status = 0
        self.out: list[str] = []

    def run(self, form: str) -> str:
        """Returns what is written."""
        try:
            while True:
                before = self.at
                if not self._once(form) or self.at >= len(self.args) or self.at == before:
                    break
        except _Stop:
            pass
        return merged("".join(self.out))

    def _once(self, form: str) -> bool:
        """Goes through the format once; returns False when it is wrong."""
        at = 0
        while at < len(form):
            letter = form[at]
            if letter == "\\":
                text, at = printf_escape(form, at)
                self.out.append(text)
            elif letter != "%":
                end = next((index for index in range(at, len(form)) if form[index] in "\\%"), len(form))
                self.out.append(form[at:end])
                at = end
            elif form.startswith("%%", at):
                self.out.append("%")
                at += 2
            else:
                match = _CONVERSION.match(form, at)
                if match is None:
                    return self._wrong(f"`{form[at:]}': missing format character")
                if not self._convert(match):
                    return False
                at = match.end()
        return True

    def _wrong(self, message: str) -> bool:
        self.task.say(f"printf: {message}")
        self.status = 1
        return False

    def _next(self, default: str = "") -> str:
        self.at += 1
        return self.args[self.at - 1] if self.at <= len(self.args) else default

    def _convert(self, match: re.Match[str]) -> bool:
        flags, width, precision, kind = match.groups()
        flags = flags.replace("'", "")
        if width == "*":
            width = str(self._integer(self._next("0")))
        has_precision = "." in match.group()[: match.start(4) - match.start()]
        if precision == "*":
            precision = str(self._integer(self._next("0")))
        digits = int(precision or 0) if has_precision else None
        if digits is not None and digits < 0:
            digits = None
        if width and width.startswith("-"):
            flags, width = flags + "-", width[1:]
        if max(int(width or 0), digits or 0) > WIDEST:
            return self._wrong("a field that wide is more than KubeLab allows")
        convert = _CONVERTERS.get(kind[-1])
        if convert is None:
            return self._wrong(f"`{kind}': invalid format character")
        self.out.append(convert(self, flags, int(width or 0), digits, kind))
        return True

    # numbers

    def _integer(self, text: str) -> int:
        if text[:1] in ("'", '"'):
            return ord(text[1]) if len(text) > 1 else 0
        match = _NUMBER.match(text)
        if match is None or match.end() != len(text.rstrip()):
            if text or self.at <= len(self.args):
                shown = f"{text}: invalid number"
                self.task.say(f"printf: {shown}")
                self.status = 1
            if match is None:
                return 0
        sign, digits = match.groups()
        base = 16 if digits[:2] in ("0x", "0X") else 8 if digits.startswith("0") and len(digits) > 1 else 10
        return int(digits, base) * (-1 if sign == "-" else 1)

    def _real(self, text: str) -> float:
        if text[:1] in ("'", '"'):
            return float(ord(text[1])) if len(text) > 1 else 0.0
        match = re.match(r"\s*[-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?|inf(?:inity)?|nan)", text, re.I)
        if match is None or match.end() != len(text):
            if text:
                self.task.say(f"printf: {text}: invalid number")
                self.status = 1
            return float(match.group()) if match else 0.0
        return float(match.group())

    # conversions

    def string(self, flags: str, width: int, digits: int | None, kind: str) -> str:
        """%s"""
        return _padded(self._next()[:digits], flags, width)

    def letter(self, flags: str, width: int, digits: int | None, kind: str) -> str:
        """%c"""
        return _padded(self._next()[:1], flags, width)

    def escaped(self, flags: str, width: int, digits: int | None, kind: str) -> str:
        """%b"""
        text, ended = unescape(self._next())
        text = _padded(text[:digits], flags, width)
        if ended:
            self.out.append(text)
            raise _Stop
        return text

    def quoted(self, flags: str, width: int, digits: int | None, kind: str) -> str:
        """%q"""
        return _padded(shell_quote(self._next()), flags, width)

    def whole(self, flags: str, width: int, digits: int | None, kind: str) -> str:
        """%d %i %o %u %x %X"""
        number = self._integer(self._next("0"))
        if kind in "di":
            text, sign = str(abs(number)), "-" if number < 0 else "+" if "+" in flags else " " if " " in flags else ""
        else:
            if number < 0:
                number += 1 << 64
            text, sign = format(number, {"u": "d"}.get(kind, kind)), ""
            if "#" in flags and number:
                sign = {"x": "0x", "X": "0X", "o": "0"}.get(kind, "")
        if digits is not None:
            text = "" if digits == 0 and number == 0 else text.rjust(digits, "0")
            flags = flags.replace("0", "")
        if "0" in flags and "-" not in flags:
            text = text.rjust(width - len(sign), "0")
        return _padded(sign + text, flags, width)

    def floating(self, flags: str, width: int, digits: int | None, kind: str) -> str:
        """%e %f %g %E %F %G %a"""
        number = self._real(self._next("0"))
        clean = "".join(flag for flag in "-+ #0" if flag in flags)
        precision = "" if digits is None else f".{digits}"
        return f"%{clean}{width or ''}{precision}{'f' if kind in 'aA' else kind}" % number

    def time(self, flags: str, width: int, digits: int | None, kind: str) -> str:
        """%(format)T"""
        given = self._next("-1")
        seconds = self.task.kernel.machine.now() if given in ("-1", "") else float(self._integer(given))
        text = datetime.fromtimestamp(seconds, UTC).strftime(kind[1:-2] or "%X")
        return _padded(text, flags, width)


def _padded(text: str, flags: str, width: int) -> str:
    return text.ljust(width) if "-" in flags else text.rjust(width)


_Converter = Callable[[_Printer, str, int, "int | None", str], str]
_CONVERTERS: dict[str, _Converter] = {
    "s": _Printer.string,
    "c": _Printer.letter,
    "b": _Printer.escaped,
    "q": _Printer.quoted,
    "T": _Printer.time,
    **dict.fromkeys("diouxX", _Printer.whole),
    **dict.fromkeys("eEfFgGaA", _Printer.floating),
}


@builtin("printf")
def printf(ctx: Context) -> int:
    """printf [-v name] format [argument ...]"""
    args = ctx.args
    name = ""
    if args[:1] == ["-v"] and len(args) > 1:
        name, args = args[1], args[2:]
        if not is_name(name.partition("[")[0]):
            ctx.shell.say(f"printf: `{name}': not a valid identifier")
            return 2
    if args[:1] == ["--"]:
        args = args[1:]
    if not args:
        bash = "printf: usage: printf [-v var] format [arguments]\n"
        ctx.error(bash if ctx.shell.flavour.name == "bash" else "printf: usage: printf format [arg...]\n")
        return 2
    printer = _Printer(ctx.shell, args[1:])
    text = printer.run(args[0])
    if name:
        base, bracket, index = name.partition("[")
        ctx.shell.assign(base, text, index.removesuffix("]") if bracket else None)
    else:
        ctx.write(text)
    return printer.status
