"""Shell patterns (`*.txt`, `[a-z]?`) as regular expressions, and the file names that they match.

A pattern in the program text has quoted letters escaped with a backslash. Source: bash(1), Pattern Matching.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from kubelab.cluster.file_errors import FileError
from kubelab.cluster.files import FileSystem

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


@lru_cache(maxsize=2048)
def regex(pattern: str, *, extended: bool = True) -> str:
    """Returns the regular expression of a pattern, unanchored; `extended`: with `@(a|b)` and its like."""
    out, at = [], 0
    while at < len(pattern):
        letter = pattern[at]
        if extended and letter in "?*+@!" and pattern.startswith("(", at + 1):
            end = _group_end(pattern, at + 2)
            if end is not None:
                out.append(_group(letter, pattern[at + 2 : end]))
                at = end + 1
                continue
        at += 1
        if letter == "*":
            out.append(".*")
        elif letter == "?":
            out.append(".")
        elif letter == "[":
            text, at = _bracket(pattern, at)
            out.append(text)
        elif letter == "\\" and at < len(pattern):
            out.append(re.escape(pattern[at]))
            at += 1
        else:
            out.append(re.escape(letter))
    return "".join(out)


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
    body = "|".join(regex(choice) for choice in choices)
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


@lru_cache(maxsize=2048)
def compiled(pattern: str, *, ignore_case: bool = False) -> re.Pattern[str]:
    """Returns the compiled expression that matches whole texts."""
    try:
        return re.compile(regex(pattern), re.S | (re.I if ignore_case else 0))
    except re.error:
        return re.compile(re.escape(unquote_pattern(pattern)), re.S)


def matches(pattern: str, text: str) -> bool:
    """Tells whether a pattern matches all of `text`."""
    return compiled(pattern).fullmatch(text) is not None


def trim(text: str, pattern: str, op: str) -> str:
    """Removes what a pattern matches from one end: `#` and `##` the beginning, `%` and `%%` the end."""
    expression = compiled(pattern)
    places: range | list[int]
    if op == "#":
        places = range(len(text) + 1)
    elif op == "##":
        places = range(len(text), -1, -1)
    elif op == "%":
        places = range(len(text), -1, -1)
    else:
        places = range(len(text) + 1)
    for at in places:
        if op[0] == "#":
            if expression.fullmatch(text, 0, at):
                return text[at:]
        elif expression.fullmatch(text, at):
            return text[:at]
    return text


def substitute(text: str, pattern: str, replacement: str, op: str) -> str:
    """`${text/pattern/replacement}`; op is "/", "//", "/#" or "/%"."""
    if not pattern:
        added = _filled(replacement, "")
        return {"/#": added + text, "/%": text + added}.get(op, text)
    try:
        expression = re.compile(regex(pattern), re.S)
    except re.error:
        return text
    if op == "/#":
        match = expression.match(text)
        return _filled(replacement, match.group()) + text[match.end() :] if match else text
    if op == "/%":
        match = re.compile(f"(?:{regex(pattern)})\\Z", re.S).search(text)
        return text[: match.start()] + _filled(replacement, match.group()) if match else text
    return expression.sub(lambda match: _filled(replacement, match.group()), text, count=0 if op == "//" else 1)


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
    return [stem + name for name in names if (hidden or not name.startswith(".")) and expression.fullmatch(name)]
