"""Go templates over JSON data (text/template), with kubectl's own functions `exists` and `base64decode`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.golang import go_text
from kubelab.terminal.kubectl.printers.gotemplate_functions import FUNCTIONS, FunctionError, truth
from kubelab.terminal.kubectl.printers.gotemplate_parser import (
    Block,
    Command,
    Constant,
    Function,
    Include,
    Jump,
    Node,
    Operand,
    Path,
    Pipeline,
    TemplateError,
    parse,
)

__all__ = ["Template", "TemplateError", "debugging"]

CALL = "call"  # of text/template's own functions the one that needs to know what stood in the template
_TYPES = {bool: "bool", str: "string", int: "int64", float: "float64", list: "[]interface {}"}
_MISSING = object()  # what a key that is not there comes to
_MOST_STEPS = 1_000_000


class _Jumped(Exception):
    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class Template:
    """A template, ready to be applied.

    Args:
        strict: a missing key is an error and not "<no value>".

    Raises:
        TemplateError: its syntax is wrong.
    """

    def __init__(self, text: str, *, strict: bool = False) -> None:
        self.text = text
        self.strict = strict
        self.parsed = parse(text, {*FUNCTIONS, CALL})

    def apply(self, data: Any) -> str:
        """Returns the text that the template makes of `data`.

        Raises:
            TemplateError: with what it had written before.
        """
        run = _Run(self, data)
        try:
            run.nodes(self.parsed.body, data)
        except TemplateError as error:
            error.written = "".join(run.out)
            raise
        return "".join(run.out)


class _Run:
    def __init__(self, template: Template, data: Any) -> None:
        self.template = template
        self.out: list[str] = []
        self.variables: list[tuple[str, Any]] = [("$", data)]
        self.steps = 0

    def error(self, node: Operand, message: str, text: str = "") -> TemplateError:
        before = self.template.text[: node.at]
        line = 1 + before.count("\n")
        column = len(before.rpartition("\n")[2].encode())
        return TemplateError(
            f'template: output:{line}:{column}: executing "output" at <{text or node.text}>: {message}'
        )

    def nodes(self, nodes: Sequence[Node], dot: Any) -> None:
        for node in nodes:
            self.steps += 1
            if self.steps > _MOST_STEPS:
                raise TemplateError("template: output: too many steps")
            if isinstance(node, str):
                self.out.append(node)
            elif isinstance(node, Pipeline):
                value = self.pipeline(node, dot)
                if not node.variables:
                    self.out.append(_printed(value))
            elif isinstance(node, Block):
                self._block(node, dot)
            elif isinstance(node, Include):
                self._include(node, dot)
            elif isinstance(node, Jump):
                raise _Jumped(node.kind)

    def _include(self, node: Include, dot: Any) -> None:
        body = self.template.parsed.defined.get(node.name)
        if body is None:
            raise TemplateError(
                f'template: output:1:11: executing "output" at <{{{{template "{node.name}"}}}}>: '
                f'template "{node.name}" not defined'
            )
        data = self.pipeline(node.pipeline, dot) if node.pipeline is not None else None
        held, self.variables = self.variables, [("$", data)]
        self.nodes(body, data)
        self.variables = held

    def _block(self, node: Block, dot: Any) -> None:
        mark = len(self.variables)
        if node.kind == "range":
            self._range(node, dot)
        else:
            value = self.pipeline(node.pipeline, dot)
            if truth(_plain(value)):
                self.nodes(node.body, value if node.kind == "with" else dot)
            else:
                self.nodes(node.otherwise, dot)
        del self.variables[mark:]

    def _range(self, node: Block, dot: Any) -> None:
        names, node_pipeline = node.pipeline.variables, node.pipeline
        value = _plain(self.pipeline(Pipeline(node_pipeline.commands), dot))
        any_item = False
        for key, item in self._items(node, value):
            any_item = True
            mark = len(self.variables)
            if len(names) == 1:
                self._put(names[0], item, node_pipeline.assigns)
            elif len(names) == 2:
                self._put(names[0], key, node_pipeline.assigns)
                self._put(names[1], item, node_pipeline.assigns)
            try:
                self.nodes(node.body, item)
            except _Jumped as jump:
                if jump.kind == "break":
                    break
            finally:
                del self.variables[mark:]
        if not any_item:
            self.nodes(node.otherwise, dot)

    def _items(self, node: Block, value: Any) -> Iterator[tuple[Any, Any]]:
        if isinstance(value, list):
            yield from enumerate(value)
        elif isinstance(value, dict):
            yield from ((key, value[key]) for key in sorted(value))
        elif isinstance(value, int) and not isinstance(value, bool):
            yield from ((number, number) for number in range(value))
        elif value is not None:
            raise self.error(node.pipeline.commands[0].words[0], f"range can't iterate over {go_text(value)}")

    def _put(self, name: str, value: Any, assigns: bool) -> None:
        if assigns:
            for at in range(len(self.variables) - 1, -1, -1):
                if self.variables[at][0] == name:
                    self.variables[at] = (name, value)
                    return
        self.variables.append((name, value))

    def pipeline(self, pipeline: Pipeline, dot: Any) -> Any:
        value: Any = None
        for place, command in enumerate(pipeline.commands):
            value = self._command(command, dot, () if place == 0 else (value,))
        for name in pipeline.variables:
            if pipeline.assigns and all(name != known for known, _ in self.variables):
                raise self.error(pipeline.commands[-1].words[-1], f"undefined variable: {name}")
            self._put(name, value, pipeline.assigns)
        return value

    def _command(self, command: Command, dot: Any, piped: tuple[Any, ...]) -> Any:
        first = command.words[0]
        if isinstance(first, Function):
            return self._call(first, command.words[1:], dot, piped)
        if len(command.words) > 1 or piped:
            raise self.error(first, f"can't give argument to non-function {first.text}")
        if isinstance(first, Constant) and first.value is None:
            raise self.error(first, "nil is not a command")
        return self._value(first, dot)

    def _call(self, function: Function, words: Sequence[Operand], dot: Any, piped: tuple[Any, ...]) -> Any:
        name = function.name
        if name == CALL:
            raise self._no_function(function, words, dot, piped)
        known = FUNCTIONS[name]
        if name in ("and", "or"):
            return self._logic(name, [*words], dot, piped)
        whole = " ".join(word.text for word in (function, *words))
        arguments = [*(_plain(self._value(word, dot)) for word in words), *(_plain(value) for value in piped)]
        try:
            return known(*arguments)
        except FunctionError as error:
            raise self.error(function, f"error calling {name}: {error}", whole) from None
        except TypeError:
            raise self.error(
                function, f"wrong number of args for {name}: want at least 1 got {len(arguments)}", whole
            ) from None

    def _no_function(self, call: Function, words: Sequence[Operand], dot: Any, piped: tuple[Any, ...]) -> TemplateError:
        """Returns what is wrong with a `call`: JSON holds no functions."""
        whole = " ".join(word.text for word in (call, *words))
        if not words and not piped:
            return self.error(call, "wrong number of args for call: want at least 1 got 0", whole)
        value = _plain(self._value(words[0], dot) if words else piped[0])
        if value is None:
            return self.error(call, "error calling call: call of nil", whole)
        shown = words[0].text if words else go_text(value)
        type_ = "int" if words and type(value) is int and isinstance(words[0], Constant) else _type(value)
        return self.error(call, f"error calling call: non-function {shown} of type {type_}", whole)

    def _logic(self, name: str, words: list[Operand], dot: Any, piped: tuple[Any, ...]) -> Any:
        value: Any = None
        for word in words:
            value = _plain(self._value(word, dot))
            if truth(value) == (name == "or"):
                return value
        return _plain(piped[0]) if piped else value

    def _value(self, word: Operand, dot: Any) -> Any:
        if isinstance(word, Constant):
            return word.value
        if isinstance(word, Function):
            return self._call(word, (), dot, ())
        if word.pipeline is not None:
            base = self.pipeline(word.pipeline, dot)
        elif word.variable:
            base = self._variable(word)
        else:
            base = dot
        for name in word.fields:
            base = self._field(word, base, name)
        return base

    def _variable(self, word: Path) -> Any:
        for name, value in reversed(self.variables):
            if name == word.variable:
                return value
        raise self.error(word, f"undefined variable: {word.variable}")

    def _field(self, word: Path, base: Any, name: str) -> Any:
        strict = self.template.strict
        if isinstance(base, dict):
            if name in base:
                return base[name]
            if strict:
                raise self.error(word, f'map has no entry for key "{name}"')
            return _MISSING
        if base is _MISSING:
            return _MISSING
        if base is None:
            raise self.error(word, f"nil pointer evaluating interface {{}}.{name}")
        raise self.error(word, f"can't evaluate field {name} in type interface {{}}")


def _plain(value: Any) -> Any:
    return None if value is _MISSING else value


def _type(value: Any) -> str:
    """Returns the Go type of decoded JSON."""
    return _TYPES.get(type(value), "map[string]interface {}")


def _printed(value: Any) -> str:
    return "<no value>" if value is _MISSING or value is None else _text(value)


def _text(value: Any) -> str:
    return go_text(value)


def debugging(text: str, error: TemplateError, raw: str, data: Object) -> str:
    """Returns what kubectl tells, on standard output, of a template that could not be applied."""
    return (
        f"Error executing template: {error}. Printing more information for debugging the template:\n"
        f"\ttemplate was:\n\t\t{text}\n\traw data was:\n\t\t{raw}\n"
        f"\tobject given to template engine was:\n\t\t{go_text(data)}\n\n"
    )
