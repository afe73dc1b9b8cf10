"""Reads shell text into statements: tree-sitter-bash finds the commands, the tokens between them join them.

tree-sitter's own trees of lists and pipelines are not relied on (it hangs `! a | b && c` up wrongly); only where each
command begins and ends is.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import replace

import tree_sitter_bash
from tree_sitter import Language, Node, Parser

from kubelab.terminal.remembering import remembered
from kubelab.terminal.shell.lexer import Token, tokens_of
from kubelab.terminal.shell.scanning import SyntaxFault
from kubelab.terminal.shell.statements import (
    AndOr,
    ArithmeticCommand,
    Body,
    Case,
    CaseItem,
    Command,
    Condition,
    For,
    ForArithmetic,
    Function,
    Group,
    If,
    Pipeline,
    Redirect,
    Shape,
    Simple,
    Subshell,
    While,
)
from kubelab.terminal.shell.syntax_errors import diagnose

_PARSER = Parser(Language(tree_sitter_bash.language()))
_JOINERS = frozenset(("program", "list", "pipeline", "redirected_statement", "negated_command"))
_SEPARATORS = frozenset((";", "&", "\n"))
NESTING = 60  # how deep statements may lie within each other


@remembered(512)
def parse(text: str, *, lenient: bool = True) -> Body:
    """Reads a program.

    Args:
        text: shell text.
        lenient: the end of the text closes here-documents.

    Raises:
        Incomplete: when more lines are needed.
        SyntaxFault: when it is no shell language.
    """
    if lenient and text.endswith("\\") and (len(text) - len(text.rstrip("\\"))) % 2:
        text = text[:-1] + "'\\'"  # at the end of all input it stands for itself
    tokens, mask = tokens_of(text, lenient=lenient)
    if not any(token.text != "\n" for token in tokens):
        return Body()
    root = _PARSER.parse(mask.encode() + b"\n").root_node
    diagnose(tokens, root, text)
    body = _Reader(text, tokens).body(list(root.children), 0, len(text) + 1)
    unclosed = tuple(token.unclosed for token in tokens if token.unclosed)
    return replace(body, unclosed=unclosed) if unclosed else body


class _Reader:
    def __init__(self, text: str, tokens: list[Token]) -> None:
        self.text = text
        self.tokens = tokens
        self.starts = [token.start for token in tokens]
        self.depth = 0

    def _span(self, start: int, end: int) -> list[Token]:
        return self.tokens[bisect_left(self.starts, start) : bisect_left(self.starts, end)]

    def _line(self, at: int) -> int:
        return self.text.count("\n", 0, at) + 1

    # lists

    def body(self, nodes: list[Node], start: int, end: int) -> Body:
        """Reads the statements between two positions; `nodes` are the grammar's for that stretch."""
        self.depth += 1
        if self.depth > NESTING:
            raise SyntaxFault("(", start)
        commands = {node.start_byte: node for node in _commands(nodes)}
        pieces = self._pieces(commands, start, end)
        items, at = [], 0
        while at < len(pieces):
            if isinstance(pieces[at], Token) and pieces[at].text in _SEPARATORS:  # type: ignore[union-attr]
                at += 1
                continue
            item, at = self._and_or(pieces, at)
            items.append(item)
        self.depth -= 1
        return Body(tuple(items))

    def _pieces(self, commands: dict[int, Node], start: int, end: int) -> list[Token | tuple[Node, list[Token]]]:
        """Returns commands (with the redirections behind them) and the operators between them, in order."""
        pieces: list[Token | tuple[Node, list[Token]]] = []
        index, last = bisect_left(self.starts, start), bisect_left(self.starts, end)
        while index < last:
            token = self.tokens[index]
            node = commands.get(token.start)
            if node is not None:
                pieces.append((node, []))
                index = max(index + 1, bisect_left(self.starts, node.end_byte))
            elif token.kind == "redirect" and pieces and not isinstance(pieces[-1], Token):
                pieces[-1][1].append(token)
                index += 1
            elif token.kind in ("operator", "keyword"):
                pieces.append(token)
                index += 1
            else:
                raise SyntaxFault(token.text, token.start)
        return pieces

    def _and_or(self, pieces: list[Token | tuple[Node, list[Token]]], at: int) -> tuple[AndOr, int]:
        begin = at
        first, at = self._pipeline(pieces, at)
        rest = []
        background = False
        while at < len(pieces):
            piece = pieces[at]
            if not isinstance(piece, Token) or piece.text not in ("&&", "||"):
                break
            at = _skip_newlines(pieces, at + 1)
            following, at = self._pipeline(pieces, at)
            rest.append((piece.text, following))
        stop = at
        if at < len(pieces):
            piece = pieces[at]
            if not isinstance(piece, Token) or piece.text not in _SEPARATORS:
                raise SyntaxFault(piece.text if isinstance(piece, Token) else self._first(piece), _start(piece))
            background = piece.text == "&"
            at += 1
        source = self._source(pieces[begin:stop]) if background else ""
        return AndOr(first, tuple(rest), background, source), at

    def _first(self, piece: tuple[Node, list[Token]]) -> str:
        return self._span(piece[0].start_byte, piece[0].end_byte)[0].text

    def _source(self, pieces: list[Token | tuple[Node, list[Token]]]) -> str:
        last = pieces[-1]
        end = last.end if isinstance(last, Token) else max([last[0].end_byte, *(token.end for token in last[1])])
        return self.text[_start(pieces[0]) : end]

    def _pipeline(self, pieces: list[Token | tuple[Node, list[Token]]], at: int) -> tuple[Pipeline, int]:
        negated = timed = False
        while at < len(pieces):
            piece = pieces[at]
            if not isinstance(piece, Token) or piece.text not in ("!", "time"):
                break
            negated ^= piece.text == "!"
            timed |= piece.text == "time"
            at += 1
        stages: list[Command] = []
        both: list[bool] = []
        while True:
            if at >= len(pieces) or isinstance(pieces[at], Token):
                if not stages and (negated or timed):
                    return Pipeline((Command(Simple((":",), 0)),), (False,), negated, timed), at
                token = pieces[at] if at < len(pieces) else None
                raise SyntaxFault(token.text if isinstance(token, Token) else "newline", len(self.text))
            node, redirects = pieces[at]  # type: ignore[misc]
            stages.append(self.command(node, redirects))
            at += 1
            joint = pieces[at] if at < len(pieces) else None
            if not isinstance(joint, Token) or joint.text not in ("|", "|&"):
                both.append(False)
                return Pipeline(tuple(stages), tuple(both), negated, timed), at
            both.append(joint.text == "|&")
            at = _skip_newlines(pieces, at + 1)

    # commands

    def command(self, node: Node, behind: list[Token]) -> Command:
        """Reads one command; `behind` are the redirections that follow it."""
        redirects = list(behind)
        read = getattr(self, "_" + node.type, None)
        if read is None:
            raise SyntaxFault(self._first((node, [])), node.start_byte)
        if node.type == "command":
            shape: Shape = self._simple(node, redirects)
        elif node.type == "function_definition":
            shape, redirects = self._function(node, redirects), []
        else:
            shape = read(node)
        return Command(shape, tuple(_redirect(token) for token in redirects))

    def _command(self, node: Node) -> Shape:
        return self._simple(node, [])

    def _simple(self, node: Node, redirects: list[Token]) -> Shape:
        words, before = [], []
        for token in self._span(node.start_byte, node.end_byte):
            if token.kind == "redirect":
                before.append(token)
            elif token.kind == "word":
                words.append(token.text)
            elif token.kind == "condition":
                redirects[:0] = before
                return Condition(token.text, self._line(token.start))
            elif token.kind == "arithmetic":
                return ArithmeticCommand(token.text, self._line(token.start))
            else:
                raise SyntaxFault(token.text, token.start)
        redirects[:0] = before
        return Simple(tuple(words), self._line(node.start_byte))

    def _between(self, node: Node, opening: str, closing: tuple[str, ...]) -> tuple[Body, Node | None]:
        """Reads the statements between two of a node's reserved words; returns also the node that closes them."""
        inside: list[Node] = []
        start: int | None = None
        for child in node.children:
            if start is None:
                if child.type == opening:
                    start = child.end_byte
            elif child.type in closing:
                return self._filled(inside, start, child), child
            else:
                inside.append(child)
        return self._filled(inside, start or node.start_byte, None, node.end_byte), None

    def _filled(self, nodes: list[Node], start: int, closing: Node | None, end: int = 0) -> Body:
        body = self.body(nodes, start, closing.start_byte if closing is not None else end)
        if not body.items:
            raise SyntaxFault(closing.type if closing is not None else "newline", start)
        return body

    def _compound_statement(self, node: Node) -> Shape:
        return Group(self._between(node, "{", ("}",))[0])

    def _subshell(self, node: Node) -> Shape:
        return Subshell(self._between(node, "(", (")",))[0])

    def _if_statement(self, node: Node) -> Shape:
        tails = ("elif_clause", "else_clause", "fi")
        branches = [(self._between(node, "if", ("then",))[0], self._between(node, "then", tails)[0])]
        otherwise = None
        for child in node.children:
            if child.type == "elif_clause":
                condition = self._between(child, "elif", ("then",))[0]
                branches.append((condition, self._between(child, "then", tails)[0]))
            elif child.type == "else_clause":
                otherwise = self._between(child, "else", ("fi",))[0]
        return If(tuple(branches), otherwise)

    def _while_statement(self, node: Node) -> Shape:
        opening = node.children[0].type
        condition = self._between(node, opening, ("do_group",))[0]
        return While(condition, self._do(node), opening == "until")

    def _do(self, node: Node) -> Body:
        group = next((child for child in node.children if child.type == "do_group"), None)
        if group is None:
            raise SyntaxFault("newline", node.end_byte)
        return self._between(group, "do", ("done",))[0]

    def _for_statement(self, node: Node) -> Shape:
        group = next(child for child in node.children if child.type == "do_group")
        head = [token for token in self._span(node.start_byte, group.start_byte) if token.text not in (";", "\n")][1:]
        body = self._do(node)
        if head[0].kind == "arithmetic":
            first, test, step = _three(head[0].text, head[0].start)
            return ForArithmetic(first, test, step, body)
        words = tuple(token.text for token in head[2:]) if len(head) > 1 else None
        return For(head[0].text, words, body, self._line(node.start_byte))

    def _case_statement(self, node: Node) -> Shape:
        head = self._span(node.start_byte, node.end_byte)
        items = [self._case_item(child) for child in node.children if child.type == "case_item"]
        return Case(head[1].text, tuple(items))

    def _case_item(self, node: Node) -> CaseItem:
        patterns, body_start = [], node.start_byte
        for token in self._span(node.start_byte, node.end_byte):
            if token.kind == "operator" and token.text == ")":
                body_start = token.end
                break
            if token.kind in ("word", "keyword"):
                patterns.append(token.text)
        tokens = self._span(body_start, node.end_byte)
        end = tokens[-1].text if tokens and tokens[-1].text in (";;", ";&", ";;&") else ";;"
        stop = tokens[-1].start if tokens and tokens[-1].text == end else node.end_byte
        inside = [child for child in node.children if child.start_byte >= body_start]
        body = self.body(inside, body_start, stop)
        return CaseItem(tuple(patterns), body if body.items else None, end)

    def _function_definition(self, node: Node) -> Shape:
        return self._function(node, [])

    def _function(self, node: Node, behind: list[Token]) -> Shape:
        """Reads a function; redirections behind its body hold for each call."""
        tokens = self._span(node.start_byte, node.end_byte)
        name = tokens[1] if tokens[0].text == "function" else tokens[0]
        body = next((child for child in node.children if child.type in _BODIES), None)
        if body is None:
            raise SyntaxFault("newline", node.end_byte)
        end = max([node.end_byte, *(token.end for token in behind)])
        return Function(name.text, self.text[body.start_byte : end], self._line(body.start_byte))


_BODIES = ("compound_statement", "subshell", "if_statement", "while_statement", "for_statement", "case_statement")


def _commands(nodes: list[Node]) -> list[Node]:
    """Returns the commands among and within lists, pipelines and their like."""
    found: list[Node] = []
    for node in nodes:
        if node.type in _JOINERS:
            found.extend(_commands(node.children))
        elif node.is_named and node.type not in ("file_redirect", "comment"):
            found.append(node)
    return found


def _start(piece: Token | tuple[Node, list[Token]]) -> int:
    return piece.start if isinstance(piece, Token) else piece[0].start_byte


def _skip_newlines(pieces: list[Token | tuple[Node, list[Token]]], at: int) -> int:
    while at < len(pieces):
        piece = pieces[at]
        if not isinstance(piece, Token) or piece.text != "\n":
            break
        at += 1
    return at


def _redirect(token: Token) -> Redirect:
    return Redirect(token.fd, token.text, token.target, token.quoted)


def _three(text: str, at: int) -> tuple[str, str, str]:
    parts = re.split(r";", text)
    if len(parts) != 3:
        raise SyntaxFault(text, at)
    return parts[0].strip(), parts[1].strip(), parts[2].strip()
