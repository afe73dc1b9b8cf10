"""Finds where the parts of a shell word end: quotes, `$( )`, `${ }`, `$(( ))`, back-quotes, words.

Positions are offsets into the text. Source: bash(1), QUOTING and EXPANSION.
"""

from __future__ import annotations

from collections.abc import Callable

BLANKS = " \t"
META = " \t\n;&|()<>"


class Incomplete(Exception):
    """The text ends before something that was opened is closed.

    Args:
        what: the letter or word that is missing.
        block: it is a compound command that is not closed.
        position: where a quotation begins; None where that is not told.
    """

    def __init__(self, what: str, *, block: bool = False, position: int | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.block = block
        self.position = position


def unfinished(fault: Incomplete) -> str:
    """Returns how bash words that a program ends within something."""
    if fault.block:
        return "syntax error: unexpected end of file"
    return f"unexpected EOF while looking for matching `{fault.what}'"


def unexpected(fault: SyntaxFault) -> str:
    """Returns how ash words that a token cannot be where it is."""
    return "unexpected redirection" if fault.token == "redirection" else f'unexpected "{fault.token}"'


class SyntaxFault(Exception):
    """The text is no shell language.

    Args:
        token: what was not expected.
        position: where it stands.
    """

    def __init__(self, token: str, position: int = 0) -> None:
        super().__init__(token)
        self.token = token
        self.position = position


def after_single(text: str, at: int) -> int:
    """Returns the position behind the closing quote; `at` is behind the opening one."""
    end = text.find("'", at)
    if end < 0:
        raise Incomplete("'", position=at - 1)
    return end + 1


def after_ansi(text: str, at: int) -> int:
    """As after_single, for $'...', where a backslash quotes."""
    start = at - 1
    while at < len(text):
        if text[at] == "\\":
            at += 2
        elif text[at] == "'":
            return at + 1
        else:
            at += 1
    raise Incomplete("'", position=start)


def after_double(text: str, at: int) -> int:
    """Returns the position behind the closing double quote; `at` is behind the opening one."""
    start = at - 1
    while at < len(text):
        letter = text[at]
        if letter == '"':
            return at + 1
        at = after_any(text, at, double=True)
    raise Incomplete('"', position=start)


def after_backquote(text: str, at: int) -> int:
    """Returns the position behind the closing back-quote; `at` is behind the opening one."""
    start = at - 1
    while at < len(text):
        if text[at] == "\\":
            at += 2
        elif text[at] == "`":
            return at + 1
        else:
            at += 1
    raise Incomplete("`", position=start)


def after_brace(text: str, at: int, *, double: bool = False) -> int:
    """Returns the position behind the `}` of `${`; `at` is behind the `{`."""
    while at < len(text):
        if text[at] == "}":
            return at + 1
        if double and text[at] == '"':
            at = after_double(text, at + 1)
        else:
            at = after_any(text, at, double=double)
    raise Incomplete("}")


def after_arithmetic(text: str, at: int) -> int | None:
    """Returns the position behind `))`, `at` being behind `((`; None when it is no arithmetic but `( (`."""
    depth = 0
    while at < len(text):
        letter = text[at]
        if letter == "(":
            depth += 1
            at += 1
        elif letter == ")":
            if depth == 0:
                return at + 2 if text.startswith("))", at) else None
            depth -= 1
            at += 1
        else:
            at = after_any(text, at)
    raise Incomplete(")")


def after_bracket(text: str, at: int) -> int:
    """Returns the position behind the `]` of a subscript; `at` is behind the `[`."""
    depth = 0
    while at < len(text):
        letter = text[at]
        if letter == "]":
            if depth == 0:
                return at + 1
            depth -= 1
            at += 1
        elif letter == "[":
            depth += 1
            at += 1
        else:
            at = after_any(text, at)
    raise Incomplete("]")


def after_dollar(text: str, at: int, *, double: bool = False) -> int:
    """Returns the position behind an expansion that begins with the `$` at `at`."""
    following = text[at + 1 : at + 2]
    if following == "(":
        if text.startswith("((", at + 1):
            end = after_arithmetic(text, at + 3)
            if end is not None:
                return end
        return after_command(text, at + 2)
    if following == "{":
        return after_brace(text, at + 2, double=double)
    if following == "[":
        return after_bracket(text, at + 2)
    if not double and following == "'":
        return after_ansi(text, at + 2)
    if not double and following == '"':
        return after_double(text, at + 2)
    return at + 1


def after_command(text: str, at: int) -> int:
    """Returns the position behind the `)` of `$(`, `<(`; `at` is behind the `(`."""
    return _lexers[0](text, at)


_lexers: list[Callable[[str, int], int]] = []


def lexes_commands(function: Callable[[str, int], int]) -> Callable[[str, int], int]:
    """Makes a function the one that skips commands within words: the lexer's, which needs this module itself."""
    _lexers.append(function)
    return function


def after_any(text: str, at: int, *, double: bool = False) -> int:
    """Returns the position behind the letter at `at`, or behind the quotation or expansion that begins there."""
    letter = text[at]
    if letter == "\\":
        return at + 2
    if letter == "$":
        return after_dollar(text, at, double=double)
    if letter == "`":
        return after_backquote(text, at + 1)
    if not double and letter == "'":
        return after_single(text, at + 1)
    if not double and letter == '"':
        return after_double(text, at + 1)
    return at + 1


def after_word(text: str, at: int, stops: str = META) -> int:
    """Returns the position behind the word that begins at `at`."""
    start, size = at, len(text)
    while at < size:
        letter = text[at]
        if letter in stops:
            if letter in "<>" and at == start and text.startswith("(", at + 1):
                at = after_command(text, at + 2)
                continue
            if letter == "(" and at > start and text[at - 1] == "=" and _is_array_start(text[start : at - 1]):
                at = _after_array(text, at + 1)
                continue
            return at
        if letter == "[" and text[start:at].isidentifier():
            at = _after_subscript(text, at)
            continue
        at = after_any(text, at)
    if at > size:  # a backslash was the last letter
        raise Incomplete("\\")
    return at


def _after_subscript(text: str, at: int) -> int:
    """Returns the position behind `[a b]` when an assignment follows, else behind the `[`."""
    try:
        end = after_bracket(text, at + 1)
    except Incomplete:
        return at + 1
    return end if text.startswith(("=", "+="), end) else at + 1


def _is_array_start(name: str) -> bool:
    return name.removesuffix("+").isidentifier()


def _after_array(text: str, at: int) -> int:
    while at < len(text):
        letter = text[at]
        if letter == ")":
            return at + 1
        if letter == "#" and text[at - 1] in " \t\n(":
            end = text.find("\n", at)
            at = len(text) if end < 0 else end
        elif letter in " \t\n":
            at += 1
        else:
            end = after_word(text, at)
            if end == at:
                raise SyntaxFault(letter, at)
            at = end
    raise Incomplete(")")
