"""Cuts shell text into words, operators, reserved words and redirections, and draws its mask.

The mask is the same text made plain, of the same length: each word is a row of x, here-documents are blank. The
grammar (tree-sitter-bash) is given the mask, so that only the structure of statements depends on it; what words
mean is ours. Source: bash(1), SHELL GRAMMAR.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from kubelab.terminal.shell.scanning import Incomplete, SyntaxFault, after_arithmetic, after_word, lexes_commands

_REDIRECT = re.compile(r"(\d*)(&>>|&>|<<<|<<-|<<|<>|<&|>>|>&|>\||[<>])")
_OPERATOR = re.compile(r";;&|;;|;&|&&|\|\||\|&|[;&|()\n]")
_NAME = re.compile(r"[A-Za-z_]\w*")
_OPENS = frozenset(("if", "then", "elif", "else", "do", "while", "until", "{", "!", "time"))
_CLOSES = frozenset(("fi", "done", "esac", "}"))
_FOLLOWING = {"name": "in", "subject": "in", "pattern": "pattern", "function": "command"}  # the state after a word
_KEYWORDS = _OPENS | _CLOSES | {"for", "case", "function"}


@dataclass
class Token:
    """A piece of shell text.

    Attributes:
        kind: "word", "operator", "keyword", "redirect", "condition" ([[ ]]) or "arithmetic" ((( ))).
        text: the word, the operator, or what stands inside of the brackets.
        start, end: where it stands.
        fd: of a redirection, the number before it; -1 for none.
        target: of a redirection, the word behind it; of a here-document its text.
        quoted: of a here-document, whether it is taken as it is.
        unclosed: of a here-document that only the end of the text ends, the line where it begins and its delimiter.
    """

    kind: str
    text: str
    start: int
    end: int
    fd: int = -1
    target: str = ""
    quoted: bool = False
    unclosed: tuple[int, str] | None = None


class Lexer:
    """Reads tokens.

    Args:
        text: the shell text.
        at: where to begin.
        nested: within `$(`: stop behind the `)` that closes it.
        lenient: a here-document may be closed by the end of the text, as in a script.
    """

    def __init__(self, text: str, at: int = 0, *, nested: bool = False, lenient: bool = False) -> None:
        self.text = text
        self.at = at
        self.nested = nested
        self.lenient = lenient
        self.tokens: list[Token] = []
        self.mask = [" "] * len(text)
        self._state = "command"  # command, words, name (for), in (for, case), subject (case), pattern
        self._open: list[str] = []
        self._here: list[Token] = []
        self._unclosed = False  # the last here-document was ended by the end of the text
        self._closed = False  # a compound command has just ended

    def run(self) -> int:
        """Reads to the end; returns the position behind what was read.

        Raises:
            Incomplete: when a quotation, an expansion or a here-document is not closed.
            SyntaxFault: when a token cannot be here.
        """
        text, size = self.text, len(self.text)
        while self._skip_blanks() < size:
            if text[self.at] == "#":
                end = text.find("\n", self.at)
                self.at = size if end < 0 else end
                continue
            if (match := _REDIRECT.match(text, self.at)) and not self._is_process(match):
                self._redirect(match)
            elif match := _OPERATOR.match(text, self.at):
                if self._operator(match.group()):
                    return self.at
            else:
                self._word()
        if self._here and not self.lenient:
            raise Incomplete(self._here[0].target)
        self._read_here()
        if self.nested:
            raise Incomplete(")")
        return self.at

    def _skip_blanks(self) -> int:
        text, at, size = self.text, self.at, len(self.text)
        while at < size and (text[at] in " \t\r" or text.startswith("\\\n", at)):
            at += 2 if text[at] == "\\" else 1
        self.at = at
        return at

    def _is_process(self, match: re.Match[str]) -> bool:
        return match.group() in ("<", ">") and self.text.startswith("(", match.end())

    def _put(self, token: Token, mask: str) -> None:
        self.tokens.append(token)
        self.mask[token.start : token.end] = mask[: token.end - token.start].ljust(token.end - token.start)

    # operators

    def _operator(self, operator: str) -> bool:
        """Takes an operator; returns whether the nested text ends with it."""
        start = self.at
        if operator == "(" and self._state == "command" and self.text.startswith("((", start):
            end = after_arithmetic(self.text, start + 2)
            if end is not None:
                token = Token("arithmetic", self.text[start + 2 : end - 2], start, end)
                self._put(token, "x" * (end - start))
                self._state, self.at = "words", end
                return False
        self.at = start + len(operator)
        if operator == ")" and self._state != "pattern" and not self._open and self.nested:
            return True
        if operator in (";", "\n") and self._state == "words":
            last = self.tokens[-1]
            if last.kind == "keyword" and last.text == "in":  # `for x in; do`: the grammar wants words behind it
                self.mask[last.start : last.end] = "  "
        mask = {"|&": "| ", ";&": ";;", ";;&": ";; "}.get(operator, operator)
        self._put(Token("operator", operator, start, self.at), mask)
        self._follow_operator(operator)
        return False

    def _follow_operator(self, operator: str) -> None:
        self._closed = False
        if operator == "(":
            if self._state != "pattern":
                self._open.append("(")
                self._state = "command"
        elif operator == ")":
            self._close_parenthesis()
        elif operator == "\n":
            self._read_here()
            if self._state in ("words", "in") and not (self._state == "in" and self._in_case_head()):
                self._state = "command"
        elif operator in (";;", ";&", ";;&"):
            self._state = "pattern"
        elif self._state != "pattern":
            self._state = "command"

    def _in_case_head(self) -> bool:
        return bool(self._open) and self._open[-1] == "case?"

    def _close_parenthesis(self) -> None:
        if self._state == "pattern":
            self._state = "command"
            return
        if not self._open or self._open[-1] != "(":
            raise SyntaxFault(")", self.at - 1)
        self._open.pop()
        # Behind `f()` comes the body, behind `( ... )` redirections.
        previous = self.tokens[-2] if len(self.tokens) > 1 else None
        self._closed = previous is None or previous.text != "(" or previous.kind != "operator"
        self._state = "command"

    # words

    def _word(self) -> None:
        start = self.at
        end = after_word(self.text, start)
        word = self.text[start:end]
        state = self._state
        if state == "command" and word == "[[" and self.text[end : end + 1] in (" ", "\t", "\n", ""):
            self._condition(end)
            return
        self.at = end
        if state == "command" and word in _KEYWORDS:
            self._keyword(word, start)
        elif state == "in" and word == "in":
            self._keyword("in", start)
        elif state == "in" and word == "do":
            self._state = "command"
            self._keyword("do", start)
        elif state == "pattern" and word == "esac":
            self._keyword("esac", start)
        else:
            self._put(Token("word", word, start, end), "x" * (end - start))
            self._state = _FOLLOWING.get(state, "words")

    def _keyword(self, word: str, start: int) -> None:
        mask = " " if word in ("!", "time") else word
        self._put(Token("keyword", word, start, self.at), mask)
        self._closed = word in _CLOSES
        if word == "for":
            self._state = "name"
            self._arithmetic_for()
        elif word == "case":
            self._open.append("case?")
            self._state = "subject"
        elif word == "in":
            in_case = self._in_case_head()
            if in_case:
                self._open[-1] = "case"
            self._state = "pattern" if in_case else "words"
        elif word == "esac":
            if self._open and self._open[-1] == "case":
                self._open.pop()
            self._state = "command"
        else:
            self._state = "function" if word == "function" else "command"

    def _arithmetic_for(self) -> None:
        """Takes `((a; b; c))` behind `for`; its mask is a name, so that the grammar sees a plain loop."""
        start = self._skip_blanks()
        if not self.text.startswith("((", start):
            return
        end = after_arithmetic(self.text, start + 2)
        if end is None:
            raise SyntaxFault("(", start)
        self.at = end
        following = self.text[self._skip_blanks() : self.at + 1]
        mask = "x" * (end - start - 1) + ("x" if following in (";", "\n") else ";")
        self._put(Token("arithmetic", self.text[start + 2 : end - 2], start, end), mask)
        self.at = end
        self._state = "command"

    def _condition(self, at: int) -> None:
        """Takes `[[ ... ]]` up to the closing word."""
        start, inside = self.at, at
        while True:
            while at < len(self.text) and self.text[at] in " \t\n":
                at += 1
            if at >= len(self.text):
                raise Incomplete("]]")
            end = after_word(self.text, at, " \t\n;&|<>")
            if self.text[at:end] == "]]":
                break
            at = max(end, at + 1)
        self._put(Token("condition", self.text[inside:at], start, end), "x" * (end - start))
        self._state, self.at = "words", end

    # redirections

    def _redirect(self, match: re.Match[str]) -> None:
        digits, operator = match.groups()
        start, self.at = self.at, match.end()
        begin = self._skip_blanks()
        if begin >= len(self.text) or self.text[begin] == "\n":
            raise SyntaxFault("newline", begin)
        end = after_word(self.text, begin)
        if end == begin:
            following = _OPERATOR.match(self.text, begin)
            raise SyntaxFault(following.group() if following else self.text[begin], begin)
        self.at = end
        token = Token("redirect", operator, start, end, int(digits) if digits else -1, self.text[begin:end])
        # Behind `done` and its like only a redirection may stand; before, the grammar takes it for a word.
        self._put(token, (">" if self._closed else "x") + "x" * (end - start - 1))
        if operator in ("<<", "<<-"):
            self._here.append(token)
        if not self._closed and self._state == "command":
            self._state = "command"  # `>f if`: reserved words are none here, but nobody writes that

    def _read_here(self) -> None:
        """Reads the here-documents that begin on the line that has just ended."""
        waiting, self._here = self._here, []
        for token in waiting:
            word = token.target
            token.quoted = any(letter in word for letter in "'\"\\")
            delimiter = re.sub(r"\\(.)|['\"]", r"\1", word)
            start = self.at
            token.target = self._here_text(delimiter, strip=token.text == "<<-")
            if self._unclosed:
                token.unclosed = (self.text.count("\n", 0, start), delimiter)

    def _here_text(self, delimiter: str, *, strip: bool) -> str:
        lines: list[str] = []
        text = self.text
        while self.at < len(text):
            end = text.find("\n", self.at)
            line = text[self.at :] if end < 0 else text[self.at : end]
            behind = len(text) if end < 0 else end + 1
            if strip:
                line = line.lstrip("\t")
            if line == delimiter:
                self.at = behind
                self._end_line(behind)
                return "".join(lines)
            if self.nested and line.rstrip(" \t") == delimiter + ")":
                break
            lines.append(line + "\n")
            self.at = behind
        if not self.lenient:
            raise Incomplete(delimiter)
        self._unclosed = True
        return "".join(lines)

    def _end_line(self, behind: int) -> None:
        """Keeps the line's end in the mask: what follows is a new statement."""
        if behind <= len(self.mask) and behind > 0 and self.text[behind - 1] == "\n":
            self.mask[behind - 1] = "\n"


@lexes_commands
def after_command(text: str, at: int) -> int:
    """Returns the position behind the `)` that closes a `$(` or `<(`; `at` is behind the opening one."""
    return Lexer(text, at, nested=True).run()


def tokens_of(text: str, *, lenient: bool = False) -> tuple[list[Token], str]:
    """Returns the tokens of shell text and its mask."""
    lexer = Lexer(text, lenient=lenient)
    lexer.run()
    return lexer.tokens, "".join(lexer.mask)


def is_name(text: str) -> bool:
    """Tells whether `text` may name a variable."""
    return _NAME.fullmatch(text) is not None
