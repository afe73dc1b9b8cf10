"""Shell patterns (`*.txt`, `[a-z]?`) as regular expressions, and the file names that they match.

A pattern in the program text has quoted letters escaped with a backslash. Source: bash(1), Pattern Matching.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import regex

from kubelab.cluster.file_errors import FileError
from kubelab.cluster.files import FileSystem
from kubelab.terminal.remembering import remembered
from kubelab.terminal.shell.faults import ShellFault

_CLASSES = {
    "alpha": "a-zA-Z",
    "digit": "0-9",
    "alnum": "a-zA-Z0-9",
    "upper": "A-Z",
    "lower": "a-z",
    "space": r"\s",
    "blank": r" \t",
    "punct": r"!-/:-@\[-`{-~",
    "xdigit": "0-9a-fA-F",
    "word": r"\w",
    "cntrl": r"\x00-\x1f\x7f",
    "print": r"\x20-\x7e",
    "graph": r"\x21-\x7e",
}
MATCHED = "\0"  # stands for what was matched in a replacement
SECONDS = 0.5  # of real time that one match may take
LONG = 10_000  # letters of a text that patterns with alternatives are tried on
FILE_LIMIT = 20_000  # names that one pattern may match


def quote_pattern(text: str) -> str:
    """Returns a pattern that matches just `text`."""
    return re.sub(r"([*?\[\]\\(|)!+@])", r"\\\1", text)


def unquote_pattern(pattern: str) -> str:
    """Returns the text of a pattern that has no special letters left."""
    return re.sub(r"\\(.)", r"\1", pattern, flags=re.S)


def is_pattern(pattern: str) -> bool:
    """Tells whether there is an unquoted special letter."""
    return re.search(r"(?<!\\)(?:\\\\)*[*?\[]", pattern) is not None


@dataclass(frozen=True)
class Pattern:
    """A pattern, cut at its stars.

    Attributes:
        segments: what stands between the stars, each a row of expressions that match one letter (or an @(a|b)).
        extended: there is an @(a|b) or its like among them.
    """

    segments: tuple[tuple[str, ...], ...]
    extended: bool

    def reversed(self) -> Pattern:
        """Returns the pattern that matches texts read backwards."""
        return Pattern(tuple(segment[::-1] for segment in self.segments[::-1]), self.extended)

    def source(self, *, longest: bool = True) -> str:
        """Returns a regular expression that matches from a text's beginning on, as much as it can, or as little.

        All but the last star take as little as they can, which is never wrong: so nothing is tried twice.
        """
        first, *others = ("".join(segment) for segment in self.segments)
        if not others:
            return first
        if self.extended:
            star = ".*" if longest else ".*?"
            return first + "".join(star + other for other in others)
        lazy = others[:-1] if longest else others
        source = first + "".join(f"(?>.*?{other})" for other in lazy if other)
        return source + f".*{others[-1]}" if longest else source


@remembered(2048)
def parse(pattern: str) -> Pattern:
    """Reads a pattern."""
    segments: list[list[str]] = [[]]
    at, extended = 0, False
    while at < len(pattern):
        letter = pattern[at]
        if letter in "?*+@!" and pattern.startswith("(", at + 1):
            end = _group_end(pattern, at + 2)
            if end is not None:
                segments[-1].append(_group(letter, pattern[at + 2 : end]))
                at, extended = end + 1, True
                continue
        at += 1
        if letter == "*":
            segments.append([])
        elif letter == "?":
            segments[-1].append(".")
        elif letter == "[":
            text, at = _bracket(pattern, at)
            segments[-1].append(text)
        elif letter == "\\" and at < len(pattern):
            segments[-1].append(re.escape(pattern[at]))
            at += 1
        else:
            segments[-1].append(re.escape(letter))
    return Pattern(tuple(map(tuple, segments)), extended)


def _group_end(pattern: str, at: int) -> int | None:
    depth = 0
    while at < len(pattern):
        if pattern[at] == "\\":
            at += 1
        elif pattern[at] == "(":
            depth += 1
        elif pattern[at] == ")":
            if not depth:
                return at
            depth -= 1
        at += 1
    return None


def _group(kind: str, inner: str) -> str:
    choices, start, depth = [], 0, 0
    for at, letter in enumerate(inner):
        if letter == "(":
            depth += 1
        elif letter == ")":
            depth -= 1
        elif letter == "|" and not depth:
            choices.append(inner[start:at])
            start = at + 1
    choices.append(inner[start:])
    body = "|".join(parse(choice).source() for choice in choices)
    if kind == "!":
        return f"(?!(?:{body})$).*"
    return f"(?:{body})" + {"?": "?", "*": "*", "+": "+", "@": ""}[kind]


def _bracket(pattern: str, at: int) -> tuple[str, int]:
    """Reads a bracket expression; `at` is behind the `[`."""
    begin = at
    negated = pattern[at : at + 1] in ("!", "^")
    at += negated
    items: list[str] = []
    first = True
    while at < len(pattern):
        letter = pattern[at]
        if letter == "]" and not first:
            body = "".join(items)
            return (f"[{'^' if negated else ''}{body}]" if body else "(?!)"), at + 1
        first = False
        if pattern.startswith("[:", at) and (end := pattern.find(":]", at)) > 0:
            items.append(_CLASSES.get(pattern[at + 2 : end], ""))
            at = end + 2
            continue
        if letter == "\\" and at + 1 < len(pattern):
            at += 1
            letter = pattern[at]
        at += 1
        if pattern[at : at + 1] == "-" and pattern[at + 1 : at + 2] not in ("", "]"):
            last = pattern[at + 1]
            at += 2
            if letter <= last:
                items.append(f"{re.escape(letter)}-{re.escape(last)}")
            continue
        items.append(re.escape(letter))
    return r"\[", begin


@remembered(2048)
def compiled(pattern: str, *, ignore_case: bool = False) -> Any:
    """Returns the compiled expression of a pattern; see `matches_whole`."""
    return _compile(parse(pattern).source(), ignore_case=ignore_case)


@remembered(1024)
def _compile(source: str, *, ignore_case: bool = False) -> Any:
    try:
        return regex.compile(source, regex.V0 | regex.DOTALL | (regex.IGNORECASE if ignore_case else 0))
    except (regex.error, RecursionError, OverflowError):
        return regex.compile("(?!)")


def _bounded(run: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    """Runs an expression for a bounded time.

    Raises:
        ShellFault: it takes too long.
    """
    try:
        return run(*arguments, timeout=SECONDS, **options)
    except TimeoutError:
        raise ShellFault("this pattern takes too long (a limit of KubeLab)", fatal=False) from None


def matches_whole(expression: Any, text: str) -> bool:
    """Tells whether a compiled pattern matches all of `text`."""
    return _bounded(expression.fullmatch, text) is not None


def matches(pattern: str, text: str) -> bool:
    """Tells whether a pattern matches all of `text`."""
    return matches_whole(compiled(pattern), text)


def _prefix(text: str, pattern: Pattern, *, longest: bool) -> int | None:
    """Returns the length of the shortest or longest beginning of `text` that a pattern matches."""
    if pattern.extended:  # its alternatives are tried in their order, which says nothing of lengths
        expression = _compile(pattern.source())
        places = range(len(text), -1, -1) if longest else range(len(text) + 1)
        if len(text) > LONG:
            raise ShellFault("this pattern takes too long (a limit of KubeLab)", fatal=False)
        return next((at for at in places if _bounded(expression.fullmatch, text, endpos=at)), None)
    match = _bounded(_compile(pattern.source(longest=longest)).match, text)
    return None if match is None else match.end()


def trim(text: str, pattern: str, op: str) -> str:
    """Removes what a pattern matches from one end: `#` and `##` the beginning, `%` and `%%` the end."""
    longest = len(op) == 2
    if op[0] == "#":
        size = _prefix(text, parse(pattern), longest=longest)
        return text if size is None else text[size:]
    size = _prefix(text[::-1], parse(pattern).reversed(), longest=longest)
    return text if size is None else text[: len(text) - size]


def substitute(text: str, pattern: str, replacement: str, op: str) -> str:
    """`${text/pattern/replacement}`; op is "/", "//", "/#" or "/%"."""
    if not pattern:
        added = _filled(replacement, "")
        return {"/#": added + text, "/%": text + added}.get(op, text)
    if op == "/#":
        size = _prefix(text, parse(pattern), longest=True)
        return text if size is None else _filled(replacement, text[:size]) + text[size:]
    if op == "/%":
        size = _prefix(text[::-1], parse(pattern).reversed(), longest=True)
        start = len(text) - (size or 0)
        return text if size is None else text[:start] + _filled(replacement, text[start:])
    expression = compiled(pattern)
    return str(_bounded(expression.sub, lambda match: _filled(replacement, match.group()), text, int(op == "/")))


def _filled(replacement: str, matched: str) -> str:
    """Puts what was matched in place of each unquoted `&` (shopt patsub_replacement)."""
    return replacement.replace(MATCHED, matched)


class Globbing(NamedTuple):
    """How file names are matched (shopt)."""

    dotglob: bool = False
    globstar: bool = False
    nocaseglob: bool = False


DEFAULT_GLOBBING = Globbing()


def expand_files(files: FileSystem, cwd: str, pattern: str, how: Globbing = DEFAULT_GLOBBING) -> list[str]:
    """Returns the paths that a pattern matches, sorted; empty when there are none."""
    parts = pattern.split("/")
    start = "/" if pattern.startswith("/") else ""
    found = [start]
    for index, part in enumerate(parts):
        if part == "**" and how.globstar:
            last = index == len(parts) - 1
            found = [below for path in found for below in _below(files, cwd, path, how, last=last)][:FILE_LIMIT]
            continue
        if part == "":
            if index == len(parts) - 1:  # a slash at the end: directories only
                found = [path + "/" for path in found if files.is_dir(_absolute(cwd, path))]
            continue
        found = [match for path in found for match in _matching(files, cwd, path, part, how)][:FILE_LIMIT]
    return sorted(found)


def _absolute(cwd: str, path: str) -> str:
    return path if path.startswith("/") else f"{cwd.rstrip('/')}/{path}"


def _below(files: FileSystem, cwd: str, path: str, how: Globbing, *, last: bool) -> list[str]:
    """`**`: a directory and all below it; at the end of a pattern also the files."""
    found = [path] if path or not last else []
    stem = path if not path or path.endswith("/") else path + "/"
    for name in files.listdir(_absolute(cwd, path)) if files.is_dir(_absolute(cwd, path)) else ():
        if len(found) > FILE_LIMIT or (name.startswith(".") and not how.dotglob):
            continue
        if files.is_dir(_absolute(cwd, stem + name)):
            found.extend(_below(files, cwd, stem + name, how, last=last))
        elif last:
            found.append(stem + name)
    return found


def _matching(files: FileSystem, cwd: str, path: str, part: str, how: Globbing) -> list[str]:
    stem = path if not path or path.endswith("/") else path + "/"
    if not is_pattern(part):
        name = unquote_pattern(part)
        return [stem + name] if files.exists(_absolute(cwd, stem + name), follow=False) else []
    try:
        names = files.listdir(_absolute(cwd, path))
    except FileError:
        return []
    hidden = how.dotglob or part.startswith((".", "\\."))
    expression = compiled(part, ignore_case=how.nocaseglob)
    return [stem + name for name in names if (hidden or not name.startswith(".")) and matches_whole(expression, name)]
