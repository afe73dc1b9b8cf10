"""awk's built-in functions."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from hashlib import sha256
from typing import Any

from kubelab.terminal import regular
from kubelab.terminal.awk.control import Stopped
from kubelab.terminal.awk.interpreter import Interpreter
from kubelab.terminal.awk.program import Tree
from kubelab.terminal.awk.records import fields_of
from kubelab.terminal.awk.values import formatted, number_of, text_of
from kubelab.terminal.dates import read_date, write_date

Function = Callable[[Interpreter, list[Tree]], Any]


def call(awk: Interpreter, name: str, arguments: list[Tree]) -> Any:
    """Calls a built-in function."""
    least, most, function = FUNCTIONS[name]
    if not least <= len(arguments) <= most:
        raise Stopped(f"wrong number of arguments in call to {name}")
    return function(awk, arguments)


def _text(awk: Interpreter, tree: Tree) -> str:
    return text_of(awk.value(tree), text_of(awk.variables["CONVFMT"]))


def _number(awk: Interpreter, tree: Tree) -> float:
    return number_of(awk.value(tree))


def _length(awk: Interpreter, arguments: list[Tree]) -> float:
    if not arguments:
        return float(len(awk.record))
    tree = arguments[0]
    if tree[0] == "variable":
        held = awk.frames[-1].get(tree[1]) if awk.frames and tree[1] in awk.frames[-1] else None
        if isinstance(held, dict):
            return float(len(held))
        if held is None and tree[1] in awk.arrays and tree[1] not in awk.variables:
            return float(len(awk.arrays[tree[1]]))
    return float(len(_text(awk, tree)))


def _substr(awk: Interpreter, arguments: list[Tree]) -> str:
    text = _text(awk, arguments[0])
    start = _number(awk, arguments[1])
    if math.isnan(start):
        return ""
    length = _number(awk, arguments[2]) if len(arguments) > 2 else math.inf
    begin = max(_rounded(start), 1.0)
    end = min(_rounded(start) + _rounded(length), len(text) + 1.0)
    return text[int(begin) - 1 : int(end) - 1] if end > begin else ""


def _rounded(number: float) -> float:
    return number if math.isinf(number) or math.isnan(number) else float(round(number))


def _index(awk: Interpreter, arguments: list[Tree]) -> float:
    return float(_text(awk, arguments[0]).find(_text(awk, arguments[1])) + 1)


def _split(awk: Interpreter, arguments: list[Tree]) -> float:
    text = _text(awk, arguments[0])
    if arguments[1][0] != "variable":
        raise Stopped("split: the second argument is no array")
    if len(arguments) > 2:
        tree = arguments[2]
        separator = tree[1] if tree[0] == "regex" else _text(awk, tree)
        if tree[0] == "regex" and len(separator) == 1:
            separator = f"({separator})"
    else:
        separator = text_of(awk.variables["FS"])
    array = awk.array(arguments[1][1])
    parts = fields_of(text, separator)
    array.clear()
    array.update({str(at + 1): part for at, part in enumerate(parts)})
    return float(len(parts))


def _replaced(awk: Interpreter, arguments: list[Tree], *, everywhere: bool) -> float:
    expression = awk.pattern(arguments[0])
    pieces = _pieces(_text(awk, arguments[1]))
    target = arguments[2] if len(arguments) > 2 else ("field", ("number", 0.0))
    text = _text(awk, target)
    out, at, start, count = "", 0, 0, 0
    after_match = False
    while start <= len(text):
        match = regular.find(expression, text, start)
        if match is None:
            break
        begin, end = match.span()
        if begin == end and after_match and begin == at:
            out, at, start, after_match = out + text[at : at + 1], at + 1, at + 1, False
            continue
        count += 1
        out += text[at:begin] + "".join(match.group() if piece is None else piece for piece in pieces)
        at, after_match = end, end > begin
        if not everywhere:
            break
        if end == begin:
            out, at = out + text[end : end + 1], end + 1
        start = at
    if count:
        if target[0] not in ("variable", "field", "index"):
            return float(count)
        awk.assign(target, out + text[at:])
    return float(count)


def _pieces(replacement: str) -> list[str | None]:
    """Cuts a replacement: None stands for what matched."""
    pieces: list[str | None] = []
    for part in re.findall(r"\\&|\\\\|&|[^\\&]+|\\", replacement, re.S):
        pieces.append(None if part == "&" else {"\\&": "&", "\\\\": "\\"}.get(part, part))
    return pieces


def _sub(awk: Interpreter, arguments: list[Tree]) -> float:
    return _replaced(awk, arguments, everywhere=False)


def _gsub(awk: Interpreter, arguments: list[Tree]) -> float:
    return _replaced(awk, arguments, everywhere=True)


def _match(awk: Interpreter, arguments: list[Tree]) -> float:
    match = regular.find(awk.pattern(arguments[1]), _text(awk, arguments[0]))
    awk.variables["RSTART"] = float(match.start() + 1) if match else 0.0
    awk.variables["RLENGTH"] = float(match.end() - match.start()) if match else -1.0
    return float(awk.variables["RSTART"])


def _sprintf(awk: Interpreter, arguments: list[Tree]) -> str:
    values = [awk.value(argument) for argument in arguments]
    return formatted(text_of(values[0]), values[1:])


def _guarded(function: Callable[..., float]) -> Function:
    def run(awk: Interpreter, arguments: list[Tree]) -> float:
        try:
            return float(function(*(_number(awk, argument) for argument in arguments)))
        except ValueError:
            numbers = [_number(awk, argument) for argument in arguments]
            return -math.inf if function is math.log and numbers[0] == 0 else math.nan
        except OverflowError:
            return math.inf

    return run


def _int(awk: Interpreter, arguments: list[Tree]) -> float:
    number = _number(awk, arguments[0])
    return number if math.isinf(number) or math.isnan(number) else float(math.trunc(number))


def _rand(awk: Interpreter, arguments: list[Tree]) -> float:
    awk.drawn += 1
    digest = sha256(f"awk {awk.seed} {awk.drawn}".encode()).digest()
    return int.from_bytes(digest[:6], "big") / (1 << 48)


def _srand(awk: Interpreter, arguments: list[Tree]) -> float:
    before = awk.seed
    awk.seed = _number(awk, arguments[0]) if arguments else awk.now()
    awk.drawn = 0
    return before


def _tolower(awk: Interpreter, arguments: list[Tree]) -> str:
    return _text(awk, arguments[0]).lower()


def _toupper(awk: Interpreter, arguments: list[Tree]) -> str:
    return _text(awk, arguments[0]).upper()


def _close(awk: Interpreter, arguments: list[Tree]) -> float:
    name = _text(awk, arguments[0])
    awk.read_files.pop(name, None)
    awk.out.append([f"close {name}", ""])
    return 0.0


def _fflush(awk: Interpreter, arguments: list[Tree]) -> float:
    return 0.0


def _systime(awk: Interpreter, arguments: list[Tree]) -> float:
    return float(int(awk.now()))


def _strftime(awk: Interpreter, arguments: list[Tree]) -> str:
    form = _text(awk, arguments[0]) if arguments else "%c"
    return write_date(form, _number(awk, arguments[1]) if len(arguments) > 1 else awk.now())


def _mktime(awk: Interpreter, arguments: list[Tree]) -> float:
    parts = _text(awk, arguments[0]).split()
    if len(parts) < 6:
        return -1.0
    try:
        return read_date("{}-{}-{} {}:{}:{}".format(*parts), 0.0)
    except ValueError:
        return -1.0


def _gensub(awk: Interpreter, arguments: list[Tree]) -> Any:
    raise Stopped("gensub is a function of gawk, this is mawk")


FUNCTIONS: dict[str, tuple[int, int, Function]] = {
    "length": (0, 1, _length), "substr": (2, 3, _substr), "index": (2, 2, _index), "split": (2, 3, _split),
    "sub": (2, 3, _sub), "gsub": (2, 3, _gsub), "match": (2, 2, _match), "sprintf": (1, 1000, _sprintf),
    "sin": (1, 1, _guarded(math.sin)), "cos": (1, 1, _guarded(math.cos)), "atan2": (2, 2, _guarded(math.atan2)),
    "exp": (1, 1, _guarded(math.exp)), "log": (1, 1, _guarded(math.log)), "sqrt": (1, 1, _guarded(math.sqrt)),
    "int": (1, 1, _int), "rand": (0, 0, _rand), "srand": (0, 1, _srand), "tolower": (1, 1, _tolower),
    "toupper": (1, 1, _toupper), "close": (1, 1, _close), "fflush": (0, 1, _fflush), "systime": (0, 0, _systime),
    "strftime": (0, 3, _strftime), "mktime": (1, 1, _mktime), "gensub": (3, 4, _gensub),
}  # fmt: skip
