"""jq's built-in functions of values: one result for each input and arguments."""

from __future__ import annotations

import json
import math
import time
from calendar import timegm
from collections.abc import Callable
from typing import Any

from kubelab.terminal import regular
from kubelab.terminal.dates import write_date
from kubelab.terminal.jq.evaluator import Evaluator
from kubelab.terminal.jq.formats import text_of
from kubelab.terminal.jq.paths import index, indices
from kubelab.terminal.jq.reading import read_one
from kubelab.terminal.jq.values import JqError, JqStopped, add, compare, described, kind_of, number, split

ONE: dict[str, Callable[[Evaluator, Any], Any]] = {}
PLAIN: dict[tuple[str, int], Callable[..., Any]] = {}


def one(name: str) -> Callable[[Callable[[Evaluator, Any], Any]], Callable[[Evaluator, Any], Any]]:
    """Makes a function of the input a built-in one."""

    def register(function: Callable[[Evaluator, Any], Any]) -> Callable[[Evaluator, Any], Any]:
        ONE[name] = function
        return function

    return register


def plain(name: str, arguments: int) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Makes a function of the input and arguments a built-in one."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        PLAIN[name, arguments] = function
        return function

    return register


@one("length")
def _length(jq: Evaluator, value: Any) -> Any:
    if value is None:
        return 0
    if isinstance(value, bool):
        raise JqError(f"{described(value, jq.count)} has no length")
    return abs(value) if isinstance(value, int | float) else len(value)


@one("utf8bytelength")
def _bytes(jq: Evaluator, value: Any) -> Any:
    if not isinstance(value, str):
        raise JqError(f"{described(value, jq.count)} only strings have UTF-8 byte length")
    return len(value.encode("utf-8", "surrogateescape"))


@one("keys")
def _keys(jq: Evaluator, value: Any) -> Any:
    if isinstance(value, dict):
        return sorted(value)
    if isinstance(value, list):
        return list(range(len(value)))
    raise JqError(f"{described(value, jq.count)} has no keys")


@one("keys_unsorted")
def _keys_unsorted(jq: Evaluator, value: Any) -> Any:
    return list(value) if isinstance(value, dict) else _keys(jq, value)


@one("type")
def _type(jq: Evaluator, value: Any) -> Any:
    return kind_of(value)


@one("add")
def _add(jq: Evaluator, value: Any) -> Any:
    if not isinstance(value, list | dict):
        raise JqError(f"Cannot iterate over {'null' if value is None else described(value, jq.count)}")
    items = list(value) if isinstance(value, list) else list(value.values())
    if items and all(isinstance(item, str) for item in items):
        jq.count(len(items))
        text = "".join(items)
        if len(text) > 4 * 1024 * 1024:
            raise JqStopped("a value larger than 4 MiB")
        return text
    total: Any = None
    for item in items:
        jq.count(1)
        total = add(total, item, jq.count)
    return total


@one("tostring")
def _tostring(jq: Evaluator, value: Any) -> Any:
    return text_of(value, jq.count)


@one("tojson")
def _tojson(jq: Evaluator, value: Any) -> Any:
    from kubelab.terminal.jq.values import dump

    return dump(value, jq.count)


@one("fromjson")
def _fromjson(jq: Evaluator, value: Any) -> Any:
    if not isinstance(value, str):
        raise JqError(f"{described(value, jq.count)} cannot be parsed as JSON" if value is None else
                      f"{described(value, jq.count)} only strings can be parsed")  # fmt: skip
    return read_one(value)


@one("tonumber")
def _tonumber(jq: Evaluator, value: Any) -> Any:
    if kind_of(value) == "number":
        return value
    if isinstance(value, str):
        try:
            found = json.loads(value.strip())
            if kind_of(found) == "number":
                return found
        except (ValueError, RecursionError):
            pass
    raise JqError(f"{described(value, jq.count)} cannot be parsed as a number")


def _letters(name: str, change: Callable[[str], str]) -> None:
    def run(jq: Evaluator, value: Any) -> Any:
        if not isinstance(value, str):
            if "trim" in name:
                raise JqError(f"{described(value, jq.count)} cannot be trimmed")
            raise JqError(f"{name} input must be a string")
        return change(value)

    ONE[name] = run


def _ascii(change: Callable[[str], str]) -> Callable[[str], str]:
    return lambda text: "".join(change(letter) if letter.isascii() else letter for letter in text)


_letters("ascii_downcase", _ascii(str.lower))
_letters("ascii_upcase", _ascii(str.upper))
_letters("trim", lambda text: text.strip())
_letters("ltrim", lambda text: text.lstrip())
_letters("rtrim", lambda text: text.rstrip())


@one("explode")
def _explode(jq: Evaluator, value: Any) -> Any:
    if not isinstance(value, str):
        raise JqError(f"{described(value, jq.count)} cannot be exploded")
    return [ord(letter) for letter in value]


@one("implode")
def _implode(jq: Evaluator, value: Any) -> Any:
    if not isinstance(value, list):
        raise JqError("implode input must be an array")
    try:
        return "".join(chr(int(code)) for code in value)
    except (ValueError, TypeError, OverflowError):
        raise JqError("Unicode codepoint must be numeric") from None


@one("reverse")
def _reverse(jq: Evaluator, value: Any) -> Any:
    if value is None:
        return []
    if isinstance(value, str | list):
        return value[::-1]
    raise JqError(f"Cannot reverse {described(value, jq.count)}" if not isinstance(value, dict) else
                  "Cannot index object with number")  # fmt: skip


@one("transpose")
def _transpose(jq: Evaluator, value: Any) -> Any:
    width = max((len(row) for row in value), default=0)
    jq.count(width * len(value))
    return [[row[at] if at < len(row) else None for row in value] for at in range(width)]


@one("flatten")
def _flatten(jq: Evaluator, value: Any) -> Any:
    return _flat(jq, value, 1_000)


@plain("flatten", 1)
def _flatten_to(jq: Evaluator, value: Any, depth: Any) -> Any:
    if depth < 0:
        raise JqError("flatten depth must not be negative")
    return _flat(jq, value, depth)


def _flat(jq: Evaluator, value: Any, depth: float) -> list[Any]:
    if not isinstance(value, list | dict):
        raise JqError(f"Cannot iterate over {'null' if value is None else described(value, jq.count)}")
    out: list[Any] = []
    for item in value if isinstance(value, list) else value.values():
        jq.count(1)
        if isinstance(item, list) and depth > 0:
            out.extend(_flat(jq, item, depth - 1))
        else:
            out.append(item)
    return out


def _maths(name: str, function: Callable[[float], float]) -> None:
    def run(jq: Evaluator, value: Any) -> Any:
        if kind_of(value) != "number":
            raise JqError(f"{described(value, jq.count)} number required")
        try:
            return number(float(function(value)))
        except (ValueError, OverflowError):
            return math.nan if name != "log" or value else -math.inf

    ONE[name] = run


for _name in "sqrt sin cos tan asin acos atan exp log10 log2 cbrt fabs trunc".split():
    _maths(_name, getattr(math, _name))
_maths("floor", lambda value: float(math.floor(value)) if math.isfinite(value) else value)
_maths("ceil", lambda value: float(math.ceil(value)) if math.isfinite(value) else value)
_maths("round", lambda value: math.floor(abs(value) + 0.5) * (1 if value >= 0 else -1))
_maths("log", math.log)
_maths("exp2", lambda value: 2.0**value)
_maths("exp10", lambda value: 10.0**value)


@plain("pow", 2)
def _pow(jq: Evaluator, _value: Any, base: Any, exponent: Any) -> Any:
    try:
        result = float(base) ** float(exponent)
    except (OverflowError, ZeroDivisionError):
        return math.inf
    return number(result) if isinstance(result, float) else math.nan


@one("isnan")
def _isnan(jq: Evaluator, value: Any) -> Any:
    return value != value


@one("isinfinite")
def _isinfinite(jq: Evaluator, value: Any) -> Any:
    return math.isinf(value)


@one("isnormal")
def _isnormal(jq: Evaluator, value: Any) -> Any:
    return bool(math.isfinite(value) and value)


@plain("has", 1)
def _has(jq: Evaluator, value: Any, key: Any) -> Any:
    if isinstance(value, dict) and isinstance(key, str):
        return key in value
    if isinstance(value, list) and kind_of(key) == "number":
        return 0 <= key < len(value)
    raise JqError(
        f"Cannot check whether {kind_of(value)} has a {'string' if isinstance(key, str) else kind_of(key)} key"
    )


@plain("contains", 1)
def _contains(jq: Evaluator, value: Any, other: Any) -> Any:
    jq.count(1)
    if kind_of(value) != kind_of(other):
        raise JqError(
            f"{described(value, jq.count)} and {described(other, jq.count)} cannot have their containment checked"
        )
    if isinstance(value, dict):
        return all(key in value and _same_kind_contains(jq, value[key], inner) for key, inner in other.items())
    if isinstance(value, list):
        return all(any(_same_kind_contains(jq, item, inner) for item in value) for inner in other)
    if isinstance(value, str):
        return other in value
    return not compare(value, other, jq.count)


def _same_kind_contains(jq: Evaluator, value: Any, other: Any) -> bool:
    return kind_of(value) == kind_of(other) and bool(_contains(jq, value, other))


@plain("indices", 1)
def _indices(jq: Evaluator, value: Any, other: Any) -> Any:
    if value is None:
        return None
    if isinstance(value, str) and isinstance(other, str):
        if not other:
            return None
        found, at = [], value.find(other)
        while at >= 0:
            found.append(at)
            at = value.find(other, at + 1)
        return found
    if isinstance(value, list):
        jq.count(len(value))
        return indices(value, other if isinstance(other, list) else [other], jq.count)
    return index(value, other, jq.count)


@plain("startswith", 1)
def _startswith(jq: Evaluator, value: Any, other: Any) -> Any:
    if not isinstance(value, str) or not isinstance(other, str):
        raise JqError("startswith() requires string inputs")
    return value.startswith(other)


@plain("endswith", 1)
def _endswith(jq: Evaluator, value: Any, other: Any) -> Any:
    if not isinstance(value, str) or not isinstance(other, str):
        raise JqError("endswith() requires string inputs")
    return value.endswith(other)


@plain("ltrimstr", 1)
def _ltrimstr(jq: Evaluator, value: Any, other: Any) -> Any:
    return value.removeprefix(other) if isinstance(value, str) and isinstance(other, str) else value


@plain("rtrimstr", 1)
def _rtrimstr(jq: Evaluator, value: Any, other: Any) -> Any:
    return value.removesuffix(other) if isinstance(value, str) and isinstance(other, str) and other else value


@plain("split", 1)
def _split(jq: Evaluator, value: Any, separator: Any) -> Any:
    if not isinstance(value, str) or not isinstance(separator, str):
        raise JqError("split input and separator must be strings")
    jq.count(len(value) // 16)
    return split(value, separator)


@plain("join", 1)
def _join(jq: Evaluator, value: Any, separator: Any) -> Any:
    if not isinstance(value, list):
        raise JqError(f"Cannot iterate over {'null' if value is None else described(value, jq.count)}")
    parts = []
    for item in value:
        jq.count(1)
        if isinstance(item, list | dict):
            raise JqError(f"{described(separator, jq.count)} and {described(item, jq.count)} cannot be added")
        parts.append("" if item is None else text_of(item, jq.count))
    return str(separator).join(parts)


# regular expressions


def _matches(jq: Evaluator, value: Any, pattern: Any, flags: Any) -> list[Any]:
    if isinstance(pattern, list):
        pattern, flags = pattern[0], pattern[1] if len(pattern) > 1 else flags
    if not isinstance(value, str) or not isinstance(pattern, str):
        wrong_one = value if not isinstance(value, str) else pattern
        raise JqError(f"{described(wrong_one, jq.count)} cannot be matched, as it is not a string")
    letters = flags or ""
    wrong = [letter for letter in letters if letter not in "gimnpslx"]
    if wrong:
        raise JqError(f"{letters} is not a valid modifier string")
    source = pattern
    modes = ("x" if "x" in letters else "") + ("s" if "s" in letters or "p" in letters else "")
    try:
        expression = regular.perl(f"(?{modes}:{source})" if modes else source, ignore_case="i" in letters)
        found, at = [], 0
        while at <= len(value):
            jq.count(1)
            match = regular.find(expression, value, at)
            if match is None:
                break
            found.append(match)
            if "g" not in letters:
                break
            at = match.end() if match.end() > match.start() else match.end() + 1
    except regular.RegularFault as fault:
        raise JqError(f"{pattern} (at offset 0) is not a valid regex: {fault}") from None
    return [match for match in found if not ("n" in letters and not match.group())]


def _as_object(match: Any) -> dict[str, Any]:
    names = {number: name for name, number in match.re.groupindex.items()}
    captures = []
    for at in range(1, match.re.groups + 1):
        text = match.group(at)
        captures.append({"offset": match.start(at), "length": len(text or ""), "string": text, "name": names.get(at)})
    return {"offset": match.start(), "length": len(match.group()), "string": match.group(), "captures": captures}


@plain("test", 2)
def _test(jq: Evaluator, value: Any, pattern: Any, flags: Any) -> Any:
    return bool(_matches(jq, value, pattern, flags))


@plain("_match", 2)
def _match(jq: Evaluator, value: Any, pattern: Any, flags: Any) -> Any:
    return [_as_object(match) for match in _matches(jq, value, pattern, flags)]


@plain("split", 2)
def _split_by(jq: Evaluator, value: Any, pattern: Any, flags: Any) -> Any:
    parts, at = [], 0
    for match in _matches(jq, value, pattern, (flags or "") + "g"):
        parts.append(value[at : match.start()])
        at = match.end()
    return [*parts, value[at:]]


# dates


@plain("strftime", 1)
def _strftime(jq: Evaluator, value: Any, form: Any) -> Any:
    if isinstance(value, list):
        value = _mktime(jq, value)
    if kind_of(value) != "number":
        raise JqError("strftime/1 requires parsed datetime inputs")
    return write_date(form, math.floor(value))


@plain("strptime", 1)
def _strptime(jq: Evaluator, value: Any, form: Any) -> Any:
    if not isinstance(value, str):
        raise JqError("strptime/1 requires string inputs and arguments")
    try:
        at = time.strptime(value, form)
    except ValueError:
        raise JqError(f'date "{value}" does not match format "{form}"') from None
    return _broken(at, at.tm_sec)


def _broken(at: time.struct_time, seconds: float) -> list[Any]:
    weekday, day = (at.tm_wday + 1) % 7, at.tm_yday - 1
    return [at.tm_year, at.tm_mon - 1, at.tm_mday, at.tm_hour, at.tm_min, seconds, weekday, day]


@one("mktime")
def _mktime(jq: Evaluator, value: Any) -> Any:
    if not isinstance(value, list) or len(value) < 6:
        raise JqError("mktime requires array of 6 numbers")
    year, month, day, hour, minute, second = (int(part) for part in value[:6])
    return timegm((year, month + 1, day, hour, minute, second))


@one("gmtime")
def _gmtime(jq: Evaluator, value: Any) -> Any:
    if kind_of(value) != "number":
        raise JqError("gmtime() requires a number")
    at = time.gmtime(math.floor(value))
    return _broken(at, number(at.tm_sec + value - math.floor(value)))
