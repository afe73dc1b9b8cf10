"""Compiles statements into instructions: tuples of a function and its arguments, jumps by position."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from kubelab.terminal.shell import control, launching, pieces
from kubelab.terminal.shell.conditions import parse_condition
from kubelab.terminal.shell.grammar import parse
from kubelab.terminal.shell.scanning import SyntaxFault, after_bracket
from kubelab.terminal.shell.statements import (
    AndOr,
    ArithmeticCommand,
    Body,
    Case,
    Command,
    Condition,
    For,
    ForArithmetic,
    Function,
    Group,
    If,
    Pipeline,
    Redirect,
    Simple,
    Subshell,
    While,
)
from kubelab.terminal.shell.word_compiler import WordCompiler
from kubelab.terminal.shell.words import BRACE_LIMIT, TooManyWords, brace_expand

Instruction = tuple[Any, ...]
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)(\[|\+?=)")
_NAME = re.compile(r"[A-Za-z_]\w*")
_DECLARES = frozenset(("declare", "typeset", "local", "export", "readonly"))


class Compiler(WordCompiler):
    """Emits the instructions of statements.

    Args:
        flavour: "bash", "ash" or "dash"; the other shells know less than bash.
    """

    def __init__(self, flavour: str = "bash") -> None:
        super().__init__()
        self.flavour = flavour

    def nested(self, source: str) -> None:
        """Emits the program of a command substitution."""
        self.body(parse(source))

    def read_only(self, source: str) -> str | None:
        """Returns the word of `$(< word)`, None for other command substitutions."""
        if not source.lstrip().startswith("<"):
            return None
        items = parse(source).items
        stages = items[0].first.stages if len(items) == 1 and not items[0].rest else ()
        if len(stages) != 1 or not isinstance(stages[0].shape, Simple) or stages[0].shape.words:
            return None
        redirects = stages[0].redirects
        return redirects[0].target if len(redirects) == 1 and redirects[0].operator == "<" else None

    def body(self, body: Body) -> None:
        """Emits statements one after the other."""
        for item in body.items:
            self.and_or(item)

    def and_or(self, item: AndOr) -> None:
        """Emits pipelines joined by && and ||."""
        if item.background:
            start = self.emit(control.background, item.source, 0)
            self._and_or(item)
            self.emit(control.leave)
            self.patch(start)
        else:
            self._and_or(item)

    def _and_or(self, item: AndOr) -> None:
        if not item.rest:
            self.pipeline(item.first, checked=True)
            return
        self._quietly(lambda: self.pipeline(item.first, checked=False))
        for index, (operator, pipeline) in enumerate(item.rest):
            jump = self.emit(control.jump_if_failed if operator == "&&" else control.jump_if_ok, 0)
            if index == len(item.rest) - 1:
                self.pipeline(pipeline, checked=True)
            else:
                self._quietly(lambda pipeline=pipeline: self.pipeline(pipeline, checked=False))  # type: ignore[misc]
            self.patch(jump)

    def _quietly(self, emit: Callable[[], None]) -> None:
        """Emits code in which a failure does not end the shell (set -e)."""
        self.emit(control.quiet, 1)
        emit()
        self.emit(control.quiet, -1)

    def pipeline(self, pipeline: Pipeline, *, checked: bool) -> None:
        """Emits a pipeline; `checked`: its failure counts for set -e."""
        if pipeline.timed:
            self.emit(control.start_timer)
        if pipeline.negated:
            self._quietly(lambda: self._stages(pipeline))
            self.emit(control.negate)
        else:
            self._stages(pipeline)
            if checked:
                self.emit(control.check)
        if pipeline.timed:
            self.emit(control.stop_timer)

    def _stages(self, pipeline: Pipeline) -> None:
        if len(pipeline.stages) == 1:
            self.command(pipeline.stages[0])
            return
        start = self.emit(control.pipeline, (), (), 0)
        entries = []
        for stage in pipeline.stages:
            entries.append(len(self.code))
            self.command(stage)
            self.emit(control.leave)
        self.code[start] = (control.pipeline, tuple(entries), pipeline.both, len(self.code))
        self.emit(control.collect)

    # commands

    def command(self, command: Command) -> None:
        """Emits one command with its redirections."""
        shape = command.shape
        if isinstance(shape, Simple):
            self.simple(shape, command.redirects)
            return
        if not command.redirects:
            self._compound(shape)
            return
        self.emit(launching.open_redirects)
        self._redirects(command.redirects)
        failed = self.emit(launching.apply_redirects, 0)
        self._compound(shape)
        self.emit(launching.undo_redirects)
        self.patch(failed)

    def _compound(self, shape: Any) -> None:
        getattr(self, "_" + type(shape).__name__.lower())(shape)

    def simple(self, simple: Simple, redirects: tuple[Redirect, ...]) -> None:
        """Emits assignments, words and redirections of a simple command."""
        self.emit(launching.begin, simple.line)
        words = list(simple.words)
        alone = all(_ASSIGNMENT.match(word) for word in words)  # then each sees what those before it did
        while words and (match := _ASSIGNMENT.match(words[0])) and self.assignment(words[0], match):
            words.pop(0)
            if alone:
                self.emit(launching.assign_now)
        arrays: list[str] = []
        declares = bool(words) and words[0] in _DECLARES
        for word in words:
            match = _ASSIGNMENT.match(word) if declares else None
            if match and word[match.end() :].startswith("(") and word.endswith(")"):
                arrays.append(word)
                self.emit(pieces.argument, match.group(1))
            elif match and match.group(2) != "[":
                self.joined(word[match.end() :], assignment=True, before=match.group(0))
                self.emit(pieces.argument_of_text)
            else:
                self._field_words(word)
        self._redirects(redirects)
        self.emit(launching.run)
        for word in arrays:
            self._array_after(word)

    def _array_after(self, word: str) -> None:
        """Emits the assignment of `declare -A a=(...)`, done once the name is declared."""
        match = _ASSIGNMENT.match(word)
        if match:
            self.emit(launching.begin, 0)
            self.assignment(word, match)
            self.emit(launching.run)

    def _field_words(self, word: str) -> None:
        try:
            sources = brace_expand(word) if self.flavour == "bash" else (word,)
        except TooManyWords:
            self.emit(control.too_many_words, BRACE_LIMIT)
            return
        for source in sources:
            if source or not word:  # the empty one of {,a} is no word
                self.fields(source)

    def assignment(self, word: str, match: re.Match[str]) -> bool:
        """Emits `name=value`; returns whether the word is one."""
        name, rest = match.group(1), word[match.start(2) :]
        index: str | None = None
        if rest.startswith("["):
            end = after_bracket(rest, 1)
            index, rest = rest[1 : end - 1], rest[end:]
            if not rest.startswith(("=", "+=")):
                return False
        append = rest.startswith("+")
        value = rest[2:] if append else rest[1:]
        if value.startswith("(") and value.endswith(")") and index is None:
            self._array(name, value[1:-1], append)
            return True
        if index is not None:
            self.double(index)
        self.joined(value, assignment=True)
        self.emit(launching.assign, name, index is not None, append)
        return True

    def _array(self, name: str, source: str, append: bool) -> None:
        if self.flavour != "bash":
            raise SyntaxFault("(")
        self.emit(launching.open_array)
        for token in array_words(source):
            match = re.match(r"\[", token)
            end = after_bracket(token, 1) if match else 0
            if match and token[end : end + 1] == "=":
                self.double(token[1 : end - 1])
                self.joined(token[end + 1 :], assignment=True)
                self.emit(launching.array_item)
            else:
                self._field_words(token)
        self.emit(launching.assign_array, name, append)

    def _redirects(self, redirects: tuple[Redirect, ...]) -> None:
        for redirect in redirects:
            if redirect.operator == "<<<" and self.flavour != "bash":
                raise SyntaxFault("redirection")
            if redirect.operator in ("<<", "<<-"):
                if redirect.quoted:
                    self.emit(pieces.push, redirect.target)
                else:
                    self.double(redirect.target, here=True)
            else:
                self.joined(redirect.target)
            self.emit(launching.redirect, redirect.fd, redirect.operator)

    # compound commands

    def _group(self, shape: Group) -> None:
        self.body(shape.body)

    def _subshell(self, shape: Subshell) -> None:
        start = self.emit(control.subshell, 0)
        self.body(shape.body)
        self.emit(control.leave)
        self.patch(start)
        self.emit(control.collect)
        self.emit(control.check)

    def _if(self, shape: If) -> None:
        ends = []
        for condition, body in shape.branches:
            self._quietly(lambda condition=condition: self.body(condition))  # type: ignore[misc]
            other = self.emit(control.jump_if_failed, 0)
            self.body(body)
            ends.append(self.emit(control.jump, 0))
            self.patch(other)
        if shape.otherwise is not None:
            self.body(shape.otherwise)
        else:
            self.emit(control.set_status, 0)
        for end in ends:
            self.patch(end)

    def _while(self, shape: While) -> None:
        loop = self.emit(control.loop, 0, 0)
        top = len(self.code)
        self._quietly(lambda: self.body(shape.condition))
        out = self.emit(control.jump_if_ok if shape.until else control.jump_if_failed, 0)
        self.body(shape.body)
        self.emit(control.mark)
        self.emit(control.jump, top)
        self.code[loop] = (control.loop, len(self.code), top)
        self.patch(out)
        self.emit(control.end_loop)

    def _for(self, shape: For) -> None:
        if not _NAME.fullmatch(shape.name):
            self.emit(control.bad_name, shape.name)
            return
        self.emit(launching.begin, shape.line)
        if shape.words is None:
            self.emit(pieces.positional)
        else:
            for word in shape.words:
                self._field_words(word)
        loop = self.emit(control.loop, 0, 0)
        source = f"for {shape.name} in {' '.join(shape.words or ())}"
        top = self.emit(control.next_word, shape.name, source, 0)
        self.body(shape.body)
        self.emit(control.mark)
        self.emit(control.jump, top)
        self.code[loop] = (control.loop, len(self.code), top)
        self.patch(top)
        self.emit(control.end_loop)
        self.emit(control.drop)

    def _forarithmetic(self, shape: ForArithmetic) -> None:
        self.double(shape.first)
        self.emit(control.arithmetic)
        loop = self.emit(control.loop, 0, 0)
        top = len(self.code)
        out = None
        if shape.test:
            self.double(shape.test)
            self.emit(control.arithmetic)
            out = self.emit(control.jump_if_failed, 0)
        self.body(shape.body)
        self.emit(control.mark)
        again = len(self.code)
        self.double(shape.step)
        self.emit(control.arithmetic)
        self.emit(control.jump, top)
        self.code[loop] = (control.loop, len(self.code), again)
        if out is not None:
            self.patch(out)
        self.emit(control.end_loop)

    def _case(self, shape: Case) -> None:
        self.joined(shape.subject)
        self.emit(control.set_status, 0)
        ends: list[int] = []
        falls: list[int] = []
        for item in shape.items:
            hits = []
            for pattern in item.patterns:
                self.pattern(pattern)
                hits.append(self.emit(control.match, 0))
            miss = self.emit(control.jump, 0)
            for jump in (*hits, *falls):
                self.patch(jump)
            falls = []
            if item.body is not None:
                self.body(item.body)
            if item.end == ";;":
                ends.append(self.emit(control.jump, 0))
            elif item.end == ";&":
                falls.append(self.emit(control.jump, 0))
            self.patch(miss)
        for jump in (*ends, *falls):
            self.patch(jump)
        self.emit(control.drop)

    def _function(self, shape: Function) -> None:
        self.emit(control.define, shape.name, shape.source, shape.line)

    def _arithmeticcommand(self, shape: ArithmeticCommand) -> None:
        self.emit(control.line, shape.line)
        self.double(shape.source)
        self.emit(control.arithmetic, shape.source)
        self.emit(control.check)

    def _condition(self, shape: Condition) -> None:
        if self.flavour == "dash":  # has no such command
            self.simple(Simple(("[[", *shape.source.split(), "]]"), shape.line), ())
            return
        self.emit(control.line, shape.line)
        self._test(parse_condition(shape.source))
        self.emit(control.check)

    def _test(self, tree: tuple[Any, ...]) -> None:
        """Emits a [[ ]] expression; it leaves its result as the status."""
        kind = tree[0]
        if kind in ("&&", "||"):
            self._test(tree[1])
            jump = self.emit(control.jump_if_failed if kind == "&&" else control.jump_if_ok, 0)
            self._test(tree[2])
            self.patch(jump)
        elif kind == "!":
            self._test(tree[1])
            self.emit(control.negate)
        elif kind == "unary":
            self.joined(tree[2])
            self.emit(control.test_unary, tree[1])
        else:
            _kind, operator, left, right = tree
            self.joined(left)
            if operator in ("=", "==", "!="):
                self.pattern(right)
            elif operator == "=~":
                self.regular(right)
            else:
                self.joined(right)
            self.emit(control.test_binary, operator)


def array_words(source: str) -> list[str]:
    """Splits what stands in `a=( ... )` into words."""
    from kubelab.terminal.shell.scanning import after_word

    words, at = [], 0
    while at < len(source):
        if source[at] in " \t\n":
            at += 1
        elif source[at] == "#":
            end = source.find("\n", at)
            at = len(source) if end < 0 else end
        else:
            end = max(at + 1, after_word(source, at))
            words.append(source[at:end])
            at = end
    return words
