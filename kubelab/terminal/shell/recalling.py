"""History expansion: `!!`, `!$`, `!-2`, `!kub`, `^old^new`. Source: bash(1), HISTORY EXPANSION."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kubelab.terminal.shell.completing import split_words

_EVENT = re.compile(r"!(?:(!)|(-?\d+)|\?([^?\n]*)\??|([^\s:!?$^*\"'();&|<>-][^\s:;&|()<>]*))?")
_WORDS = re.compile(r":?([\^$*])|:(\d+|\^|\$)?(-)?(\d+|\$)?(\*)?")
_MODIFIER = re.compile(r":([htrepqx]|g?s(.)(.*?)\2(.*?)(?:\2|$)|gs)")


class NotFound(Exception):
    """There is no such line; the text is what was asked for."""


def recall(line: str, history: Sequence[str]) -> str:
    """Returns a line with its history expansions replaced.

    Args:
        line: as it was typed.
        history: earlier lines, the newest last.

    Raises:
        NotFound: an expansion leads to no line, or to no word of it.
    """
    if line.startswith("^"):
        return _substituted(line, history)
    if "!" not in line:
        return line
    out: list[str] = []
    at, quote = 0, ""
    while at < len(line):
        letter = line[at]
        if letter == "\\" and quote != "'":
            out.append(line[at : at + 2])
            at += 2
        elif letter == "!" and quote != "'" and _begins(line, at, quote):
            text, at = _expansion(line, at, history)
            out.append(text)
        else:
            if letter in "'\"" and quote in ("", letter):
                quote = "" if quote else letter
            out.append(letter)
            at += 1
    return "".join(out)


def _begins(line: str, at: int, quote: str) -> bool:
    follows = line[at + 1 : at + 2]
    if not follows or follows in " \t\n=(" or (quote == '"' and follows == '"'):
        return False
    return not (at and line[at - 1] in "$[{")  # $!, [!a-z], ${!name}


def _substituted(line: str, history: Sequence[str]) -> str:
    """^old^new^: the last line with one text in place of another."""
    _empty, old, *rest = line.split("^")
    new = rest[0] if rest else ""
    if not history or not old or old not in history[-1]:
        raise NotFound(f":s^{old}^{new}^: substitution failed" if history else f"{line}: event not found")
    return history[-1].replace(old, new, 1) + (rest[1] if len(rest) > 1 else "")


def _expansion(line: str, at: int, history: Sequence[str]) -> tuple[str, int]:
    """Replaces the expansion that begins at `at`; returns the text and the position behind it."""
    if line[at + 1] in "$^*:":
        event, end = _line(history, -1, line[at:]), at + 1
    else:
        match = _EVENT.match(line, at)
        if match is None or match.end() == at + 1:
            return "!", at + 1
        end = match.end()
        event = _find(match, history)
    text, end = _select(event, line, end)
    return _modified(text, line, end)


def _line(history: Sequence[str], index: int, asked: str) -> str:
    try:
        return history[index]
    except IndexError:
        raise NotFound(f"{asked}: event not found") from None


def _find(match: re.Match[str], history: Sequence[str]) -> str:
    last, number, contained, begin = match.groups()
    asked = match.group()
    if last:
        return _line(history, -1, asked)
    if number:
        index = int(number)
        return _line(history, index if index < 0 else index - 1, asked) if index else _line((), 0, asked)
    for line in reversed(history):
        if (contained is not None and contained in line) or (begin and line.startswith(begin)):
            return line
    raise NotFound(f"{asked}: event not found")


def _select(event: str, line: str, at: int) -> tuple[str, int]:
    """Applies a word designator (`:2`, `:$`, `$`, `:2-3`, `*`)."""
    match = _WORDS.match(line, at)
    if match is None or match.group() in ("", ":"):
        return event, at
    short, first, dash, last, star = match.groups()
    words = split_words(event)
    final = len(words) - 1
    if short:
        begin, end = {"^": (1, 1), "$": (final, final), "*": (1, final)}[short]
        if short == "*" and final < 1:
            return "", match.end()
    else:
        begin = _number(first, final, 0)
        end = final if star else _number(last, final, final - 1) if dash else begin
    if begin > final or end > final or (begin > end and not star):
        raise NotFound(f"{match.group()}: bad word specifier")
    return " ".join(words[begin : end + 1]), match.end()


def _number(text: str | None, final: int, default: int) -> int:
    if text is None:
        return default
    return {"^": 1, "$": final}[text] if text in "^$" else int(text)


def _modified(text: str, line: str, at: int) -> tuple[str, int]:
    """Applies modifiers (`:h`, `:t`, `:r`, `:s/old/new/`)."""
    while match := _MODIFIER.match(line, at):
        modifier, _separator, old, new = match.groups()
        if modifier == "h":
            text = text.rpartition("/")[0] or text
        elif modifier == "t":
            text = text.rpartition("/")[2]
        elif modifier == "r":
            text = re.sub(r"\.[^./]*\Z", "", text)
        elif modifier == "e":
            found = re.search(r"\.[^./]*\Z", text)
            text = found.group() if found else text
        elif modifier == "q":
            text = "'" + text.replace("'", "'\\''") + "'"
        elif old is not None:
            if old not in text:
                raise NotFound(f"{match.group()}: substitution failed")
            text = text.replace(old, new) if modifier.startswith("g") else text.replace(old, new, 1)
        at = match.end()
    return text, at
