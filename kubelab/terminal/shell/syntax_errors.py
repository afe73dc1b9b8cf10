"""Tells what is wrong with shell text that the grammar refuses: unfinished, or with a token that cannot be there.

tree-sitter only says that there is an error. The words of the messages are bash's.
"""

from __future__ import annotations

from tree_sitter import Node

from kubelab.terminal.shell.lexer import Token
from kubelab.terminal.shell.scanning import Incomplete, SyntaxFault

_CLOSED_BY = {"if": "fi", "then": "fi", "do": "done", "{": "}", "(": ")", "case": "esac"}
_NEEDS = {"then": ("if", "elif"), "elif": ("then",), "else": ("then",), "fi": ("then", "else"), "do": ("while", "for")}
_NO_OPENING = ("fi", "done", "esac", "}", "in")
_JOINS = ("|", "|&", "&&", "||")


def diagnose(tokens: list[Token], root: Node, text: str) -> None:
    """Raises what is wrong with a program; returns when nothing is.

    Raises:
        Incomplete: when it may go on in a further line.
        SyntaxFault: at the token that cannot stand where it does.
    """
    missing = _blocks(tokens)
    if missing:
        raise Incomplete(missing, block=True)
    if root.has_error:
        at = _error_position(root)
        token = next((token for token in tokens if token.end > at), None)
        raise SyntaxFault(_shown(token), at) if token else SyntaxFault("newline", len(text))


def _shown(token: Token | None) -> str:
    if token is None or token.text == "\n":
        return "newline"
    return token.text


def _blocks(tokens: list[Token]) -> str:
    """Checks that what opens is closed, and that operators join something; returns what is still missing."""
    opened: list[str] = []
    previous: Token | None = None
    for token in tokens:
        if token.kind == "operator":
            _check_operator(token, previous, opened)
        elif token.kind == "keyword":
            _check_keyword(token, opened)
        if token.text != "\n" or previous is None or previous.text not in _JOINS:
            previous = token
    if opened:
        return _closing(opened[-1])
    if previous is not None and previous.kind == "operator" and previous.text in _JOINS:
        return "newline"
    if previous is not None and previous.kind == "operator" and previous.text == ")" and _is_definition(tokens):
        return "}"
    return ""


def _is_definition(tokens: list[Token]) -> bool:
    shown = [token for token in tokens if token.text != "\n"]
    return len(shown) > 2 and shown[-2].text == "(" and shown[-2].kind == "operator"


def _closing(word: str) -> str:
    return {"if": "then", "elif": "then", "while": "do", "until": "do", "for": "do", "else": "fi"}.get(
        word, _CLOSED_BY.get(word, word)
    )


def _check_operator(token: Token, previous: Token | None, opened: list[str]) -> None:
    operator = token.text
    if operator == "(":
        opened.append("(")
    elif operator == ")":
        if opened and opened[-1] == "(":
            opened.pop()
        elif not (opened and opened[-1] == "case"):
            raise SyntaxFault(")", token.start)
    elif operator in (";;", ";&", ";;&"):
        if not opened or opened[-1] != "case":
            raise SyntaxFault(operator, token.start)
    elif operator != "\n":
        begins = previous is None or (previous.kind == "operator" and previous.text not in (")",))
        opening = previous is not None and previous.kind == "keyword" and previous.text not in _NO_OPENING
        in_case = bool(opened) and opened[-1] == "case"
        if (begins or opening) and not in_case:
            raise SyntaxFault(operator, token.start)


def _check_keyword(token: Token, opened: list[str]) -> None:
    word = token.text
    if word in ("if", "while", "until", "for", "case", "{"):
        opened.append(word)
        return
    last = opened[-1] if opened else ""
    swaps = {
        "then": (("if", "elif"), "then"),
        "elif": (("then",), "elif"),
        "else": (("then",), "else"),
        "do": (("while", "until", "for"), "do"),
        "fi": (("then", "else"), ""),
        "done": (("do",), ""),
        "esac": (("case",), ""),
        "}": (("{",), ""),
    }
    if word not in swaps:
        return
    before, after = swaps[word]
    if last not in before:
        raise SyntaxFault(word, token.start)
    opened.pop()
    if after:
        opened.append(after)


def _error_position(node: Node) -> int:
    """Returns where the first error of a tree lies."""
    if node.is_missing or node.type == "ERROR":
        return node.start_byte
    for child in node.children:
        if child.has_error or child.is_missing:
            return _error_position(child)
    return node.start_byte
