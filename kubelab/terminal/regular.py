"""POSIX regular expressions, basic and extended, as grep, sed, awk and the shell take them.

They are translated for the `regex` package, whose searches can be given a time limit: an expression that would try
for hours ends with a message. Leftmost-longest alternation is asked of it, as POSIX wants it.
"""

from __future__ import annotations

from typing import Any

import regex

from kubelab.terminal.remembering import remembered

SECONDS = 0.5  # of real time that one search may take
_CLASSES = frozenset(
    ("alpha", "digit", "alnum", "upper", "lower", "space", "blank", "punct", "print", "graph", "cntrl", "xdigit")
)
_GNU = {
    "w": r"[\w]",
    "W": r"[^\w]",
    "s": r"\s",
    "S": r"\S",
    "b": r"\b",
    "B": r"\B",
    "<": r"\b(?=\w)",
    ">": r"\b(?<=\w)",
}
_GNU |= {"`": r"\A", "'": r"\Z"}


class RegularFault(Exception):
    """An expression that is none, or that takes too long."""


@remembered(1024)
def compiled(
    pattern: str, *, basic: bool = False, ignore_case: bool = False, escapes: bool = False, around: str = "{}"
) -> Any:
    """Returns a compiled expression.

    Args:
        pattern: POSIX syntax with GNU's additions.
        basic: basic (grep, sed) rather than extended syntax.
        ignore_case: letters match in either case.
        escapes: \\n, \\t and the like stand for the letter (sed, awk).
        around: what stands around the expression, in the syntax of `regex`.

    Raises:
        RegularFault: with GNU's words.
    """
    flags = regex.V0 | regex.POSIX | (regex.IGNORECASE if ignore_case else 0)
    source = around.replace("{}", translate(pattern, basic=basic, escapes=escapes))
    try:
        return regex.compile(source, flags)
    except (regex.error, RecursionError, OverflowError):
        raise RegularFault("Invalid regular expression") from None


def perl(source: str, *, ignore_case: bool = False, around: str = "{}") -> Any:
    """Returns a compiled expression in Perl's syntax.

    Raises:
        RegularFault: if it is none.
    """
    try:
        return regex.compile(around.replace("{}", source), regex.V0 | (regex.IGNORECASE if ignore_case else 0))
    except (regex.error, RecursionError, OverflowError) as error:
        raise RegularFault(getattr(error, "msg", "invalid pattern")) from None


def literal(text: str, *, ignore_case: bool = False, around: str = "{}") -> Any:
    """Returns a compiled expression that matches just `text`."""
    return perl(regex.escape(text), ignore_case=ignore_case, around=around)


def search(pattern: str, text: str, *, basic: bool = False, ignore_case: bool = False, escapes: bool = False) -> Any:
    """Searches `text`; returns a match or None."""
    return find(compiled(pattern, basic=basic, ignore_case=ignore_case, escapes=escapes), text)


def find(expression: Any, text: str, start: int = 0) -> Any:
    """Searches with a compiled expression, for a bounded time.

    Raises:
        RegularFault: if it takes too long.
    """
    try:
        return expression.search(text, start, timeout=SECONDS)
    except TimeoutError:
        raise RegularFault("stopped: this expression takes too long (a limit of KubeLab)") from None


class _Translator:
    """Reads POSIX syntax, writes that of `regex`."""

    def __init__(self, pattern: str, basic: bool, escapes: bool) -> None:
        self.pattern = pattern
        self.basic = basic
        self.escapes = escapes
        self.at = 0
        self.out: list[str] = []
        self.depth = 0
        self.start = True  # at the beginning of an expression or of an alternative: * is a plain letter

    def run(self) -> str:
        while self.at < len(self.pattern):
            letter = self.pattern[self.at]
            self.at += 1
            if letter == "\\":
                self._backslash()
            elif letter == "[":
                self._add(self._bracket())
            elif letter == ".":
                self._add("(?s:.)")
            elif letter == "*":
                self._repeat("*")
            elif letter == "^":
                self._caret()
            elif letter == "$":
                self._dollar()
            elif not self.basic and letter in "+?{(|)":
                self._extended(letter)
            else:
                self._add(_literal(letter))
        if self.depth:
            raise RegularFault("Unmatched ( or \\(")
        return "".join(self.out)

    def _add(self, text: str) -> None:
        self.out.append(text)
        self.start = False

    def _repeat(self, sign: str) -> None:
        if self.start or (self.out and self.out[-1] in ("^", "(?:^)")):
            self._add(_literal(sign))
        elif self.out[-1] in ("*", "+", "?"):  # a** is a*, and so is a+?
            self.out[-1] = sign if self.out[-1] == sign else "*"
        else:
            self.out.append(sign)

    def _caret(self) -> None:
        if self.basic and not self.start:
            self._add(r"\^")
            return
        self.out.append("^")

    def _dollar(self) -> None:
        rest = self.pattern[self.at :]
        if self.basic and rest and not rest.startswith(("\\)", "\\|")):
            self._add(r"\$")
        else:
            self._add(r"\Z")

    def _extended(self, letter: str) -> None:
        if letter == "(":
            self._open()
        elif letter == ")":
            if self.depth:
                self._close()
            else:
                self._add(r"\)")
        elif letter == "|":
            self.out.append("|")
            self.start = True
        elif letter == "{":
            self._interval("}")
        else:
            self._repeat(letter)

    def _open(self) -> None:
        self.depth += 1
        self.out.append("(")
        self.start = True

    def _close(self) -> None:
        self.depth -= 1
        self._add(")")

    def _interval(self, closing: str) -> None:
        end = self.pattern.find(closing, self.at)
        inner = self.pattern[self.at : end] if end >= 0 else ""
        low, comma, high = inner.partition(",")
        if not (low.isdigit() or (not low and comma)) or (high and not high.isdigit()):
            if self.basic:
                raise RegularFault("Invalid content of \\{\\}" if end >= 0 else "Unmatched \\{")
            self._add(r"\{")
            return
        if max(int(low or 0), int(high or 0)) > 32767:
            raise RegularFault("Regular expression too big")
        self.at = end + len(closing)
        self.out.append("{" + (low or "0") + comma + high + "}")

    def _backslash(self) -> None:
        if self.at >= len(self.pattern):
            raise RegularFault("Trailing backslash")
        letter = self.pattern[self.at]
        self.at += 1
        if self.basic and letter in "(){}|+?":
            self._basic_operator(letter)
        elif letter.isdigit() and letter != "0":
            if int(letter) > "".join(self.out).count("("):
                raise RegularFault("Invalid back reference")
            self._add(f"(?:\\{letter})")
        elif letter in _GNU:
            self._add(_GNU[letter])
        elif self.escapes and letter in "ntrfv":
            self._add("\\" + letter)
        else:
            self._add(_literal(letter))

    def _basic_operator(self, letter: str) -> None:
        if letter == "(":
            self._open()
        elif letter == ")":
            if not self.depth:
                raise RegularFault("Unmatched ) or \\)")
            self._close()
        elif letter == "{":
            self._interval("\\}")
        elif letter == "|":
            self.out.append("|")
            self.start = True
        elif letter == "}":
            self._add(r"\}")
        else:
            self._repeat(letter)

    def _bracket(self) -> str:
        """Reads a bracket expression, in which a backslash is a plain letter (but for `escapes`)."""
        pattern = self.pattern
        negated = pattern.startswith("^", self.at)
        self.at += negated
        items: list[str] = []
        first = True
        while self.at < len(pattern):
            letter = pattern[self.at]
            if letter == "]" and not first:
                self.at += 1
                return f"[{'^' if negated else ''}{''.join(items)}]"
            first = False
            items.append(self._bracket_item(letter))
        raise RegularFault("Unmatched [, [^, [:, [., or [=")

    def _bracket_item(self, letter: str) -> str:
        pattern = self.pattern
        if letter == "[" and pattern[self.at + 1 : self.at + 2] in (":", ".", "="):
            kind = pattern[self.at + 1]
            end = pattern.find(kind + "]", self.at + 2)
            name = pattern[self.at + 2 : end]
            if end < 0:
                raise RegularFault("Unmatched [, [^, [:, [., or [=")
            self.at = end + 2
            if kind != ":":
                return _in_set(name[:1])
            if name not in _CLASSES:
                raise RegularFault("Invalid character class name")
            return f"[:{name}:]"
        self.at += 1
        if letter == "\\" and self.escapes and self.at < len(pattern):
            letter = {"n": "\n", "t": "\t", "r": "\r"}.get(pattern[self.at], "")
            if letter or pattern[self.at] in '\\]/"':
                letter = letter or pattern[self.at]
                self.at += 1
            else:
                letter = "\\"
        if pattern.startswith("-", self.at) and pattern[self.at + 1 : self.at + 2] not in ("", "]"):
            last = pattern[self.at + 1]
            if last != "[":
                self.at += 2
                if letter > last:
                    raise RegularFault("Invalid range end")
                return f"{_in_set(letter)}-{_in_set(last)}"
        return _in_set(letter)


def _literal(letter: str) -> str:
    return "\\" + letter if letter in r".^$*+?{}[]\|()" else letter


def _in_set(letter: str) -> str:
    return "\\" + letter if letter in r"\]^[-&~|" else letter


@remembered(1024)
def translate(pattern: str, *, basic: bool = False, escapes: bool = False) -> str:
    """Returns a POSIX expression in the syntax of `regex`."""
    return _Translator(pattern, basic, escapes).run()
