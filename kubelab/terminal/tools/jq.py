"""jq: filters for JSON. Source: jq 1.7's manual."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubelab.cluster.file_errors import FileError
from kubelab.terminal.inputs import gather
from kubelab.terminal.jq.checking import check
from kubelab.terminal.jq.evaluator import Breaking, Evaluator, Scope
from kubelab.terminal.jq.natives import NATIVES, SCOPE, Halt
from kubelab.terminal.jq.parser import JqFault, parse
from kubelab.terminal.jq.reading import NotJson, values_in
from kubelab.terminal.jq.values import JqError, JqStopped, Writer, dump
from kubelab.terminal.tool import Context, Exit, Steps, tool

USAGE = """
Usage:  jq [OPTIONS] FILTER [FILES...]
        jq [OPTIONS] --args FILTER [ARGUMENTS...]
Run a filter on JSON values and write its results.

  -n, --null-input            run it once, with null
  -R, --raw-input             read lines as strings
  -s, --slurp                 read all values into one array
  -c, --compact-output        one line a result
  -r, --raw-output            strings without quotes
  -j, --join-output           as -r, without newlines
  -a, --ascii-output          letters beyond ASCII as escapes
  -S, --sort-keys             keys in order
  -C, --color-output          with colours
  -M, --monochrome-output     without colours
      --tab                   indent with tabs
      --indent n              indent with n spaces
  -e, --exit-status           status 1 when the last result is false or null, 4 when there is none
  -f, --from-file             FILTER is a file's name
      --arg a v               $a is the string v
      --argjson a v           $a is the JSON value v
      --slurpfile a f         $a is an array of the values in the file f
      --rawfile a f           $a is the text of the file f
      --args                  the other arguments are strings: $ARGS.positional
      --jsonargs              the other arguments are JSON values: $ARGS.positional
"""
LONG = {
    "null-input": "n", "raw-input": "R", "slurp": "s", "compact-output": "c", "raw-output": "r", "join-output": "j",
    "ascii-output": "a", "sort-keys": "S", "color-output": "C", "monochrome-output": "M", "exit-status": "e",
    "from-file": "f", "help": "h", "version": "V", "unbuffered": "u", "raw-output0": "0",
}  # fmt: skip
WITH_VALUES = {"arg": 2, "argjson": 2, "slurpfile": 2, "rawfile": 2, "indent": 1}
MISSING = frozenset(("stream", "stream-errors", "seq", "library-path", "L", "raw-output0", "0"))
VERSION = "jq-1.7.1"


class _Call:
    """The arguments of one call."""

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx
        self.letters: set[str] = set()
        self.indent: str | None = "  "
        self.variables: dict[str, Any] = {}
        self.positional: list[Any] = []
        self.words: list[str] = []
        self.rest = ""  # what further words are: "" files, "args", "jsonargs"
        self._read()
        self.variables["$ARGS"] = {
            "positional": self.positional,
            "named": {name[1:]: value for name, value in self.variables.items()},
        }

    def fail(self, message: str) -> Exit:
        hint = "Use jq --help for help with command-line options,\nor see the jq manpage, or online docs"
        return Exit(2, f"jq: error: {message}\n{hint}  at https://jqlang.github.io/jq\n")

    def _read(self) -> None:
        todo = list(reversed(self.ctx.args))
        while todo:
            word = todo.pop()
            if word == "--":
                for other in reversed(todo):
                    self._word(other)
                break
            if word.startswith("--"):
                self._long(word[2:], todo)
            elif word.startswith("-") and len(word) > 1:
                for letter in word[1:]:
                    if letter not in "nRscrjaSCMefhVu":
                        if letter in MISSING:
                            raise Exit(2, f"jq: option '-{letter}' is not simulated in KubeLab\n")
                        raise self.fail(f"Unknown option: {word}")
                    self.letters.add(letter)
            else:
                self._word(word)

    def _word(self, word: str) -> None:
        if self.words and self.rest:
            if self.rest == "args":
                self.positional.append(word)
            else:
                self.positional.append(self._json(word, "Invalid JSON text passed to --jsonargs"))
        else:
            self.words.append(word)

    def _json(self, text: str, message: str) -> Any:
        try:
            found = list(values_in(text))
        except NotJson:
            raise self.fail(message) from None
        if len(found) != 1:
            raise self.fail(message)
        return found[0].value

    def _long(self, name: str, todo: list[str]) -> None:
        if name in LONG and LONG[name] not in MISSING:
            self.letters.add(LONG[name])
        elif name == "tab":
            self.indent = "\t"
        elif name in ("args", "jsonargs"):
            self.rest = name
        elif name in MISSING:
            raise Exit(2, f"jq: option '--{name}' is not simulated in KubeLab\n")
        elif name in WITH_VALUES:
            if len(todo) < WITH_VALUES[name]:
                forms = {"arg": "(e.g. --arg varname value)", "argjson": "(e.g. --argjson varname text)"}
                raise self.fail(f"--{name} takes {'two parameters' if name != 'indent' else 'one parameter'} "
                                f"{forms.get(name, '')}".rstrip())  # fmt: skip
            self._set(name, [todo.pop() for _value in range(WITH_VALUES[name])])
        else:
            raise self.fail(f"Unknown option: --{name}")

    def _set(self, name: str, given: list[str]) -> None:
        if name == "indent":
            if not given[0].isdigit() or int(given[0]) > 7:
                raise self.fail("Cannot indent more than 7 characters" if given[0].isdigit() else
                                "Cannot indent less than -1 characters")  # fmt: skip
            self.indent = " " * int(given[0]) or None
            return
        variable, text = "$" + given[0], given[1]
        if name == "arg":
            self.variables[variable] = text
        elif name == "argjson":
            self.variables[variable] = self._json(text, "Invalid JSON text passed to --argjson")
        else:
            try:
                content = self.ctx.read_file(text)
                read = [found.value for found in values_in(content)] if name == "slurpfile" else content
            except (FileError, NotJson) as error:
                reason = error.reason if isinstance(error, FileError) else str(error)
                raise Exit(
                    2, f"jq: error: Bad JSON in --{name} {given[0]} {text}: Could not open {text}: {reason}\n"
                ) from None
            self.variables[variable] = read


@tool("jq")
def jq(ctx: Context) -> Steps:
    """jq [-nRscrjaSCMe] [--arg name value] [--argjson name value] filter [file ...]"""
    call = _Call(ctx)
    if "h" in call.letters:
        ctx.write(USAGE.lstrip("\n"))
        return 0
    if "V" in call.letters:
        ctx.print(VERSION)
        return 0
    if not call.words and "n" in call.letters:
        call.words.append(".")
    if not call.words:
        raise Exit(2, USAGE.lstrip("\n"))
    source, paths = call.words[0], call.words[1:]
    if "f" in call.letters:
        source = ctx.read_file(source)
    tree = _parsed(call, source)
    texts: list[str | None] = []
    if "n" not in call.letters or "input" in source:
        texts = yield from gather(
            ctx, paths or ["-"], lambda path, error: f"error: Could not open file {path}: {error.reason}"
        )
    return _Run(ctx, call, tree, paths, texts).run()


def _parsed(call: _Call, source: str) -> Any:
    try:
        tree = parse(source)
        check(tree, set(call.variables))
        return tree
    except JqFault as fault:
        raise Exit(3, f"jq: error: {fault} at <top-level>, line 1:\n{source}\njq: 1 compile error\n") from None
    except RecursionError:
        raise Exit(3, "jq: error: the filter is nested too deeply (a limit of KubeLab)\n") from None


class _Run:
    """A filter at work on all inputs."""

    def __init__(self, ctx: Context, call: _Call, tree: Any, paths: list[str], texts: list[str | None]) -> None:
        self.ctx = ctx
        self.call = call
        self.tree = tree
        self.texts = [text for text in texts if text is not None]
        self.place = "<stdin>:0" if not paths else f"{paths[-1]}:0"
        self.names = [path for path, text in zip(paths or ["<stdin>"], texts, strict=False) if text is not None]
        self.status = 2 if None in texts else 0
        self.inputs = self._inputs()
        self.jq = Evaluator(NATIVES, self.inputs, dict(ctx.env), ctx.now)
        letters = call.letters
        colour = "C" in letters or (ctx.tty and "M" not in letters)
        self.writer = Writer(self.jq.count, None if "c" in letters else call.indent, sort="S" in letters, colour=colour,
                             ascii_only="a" in letters)  # fmt: skip
        self.last: Any = None
        self.any = False

    def _inputs(self) -> Iterator[Any]:
        letters = self.call.letters
        if "R" in letters:
            yield from self._lines("".join(self.texts), slurp="s" in letters)
            return
        slurped: list[Any] = []
        for name, text in zip(self.names, self.texts, strict=True):
            for found in values_in(text):
                self.place = f"{name if name != '-' else '<stdin>'}:{found.line}"
                if "s" in letters:
                    slurped.append(found.value)
                else:
                    yield found.value
        if "s" in letters:
            yield slurped

    def _lines(self, text: str, *, slurp: bool) -> Iterator[Any]:
        if slurp:
            yield text
            return
        lines = text.split("\n")
        yield from lines if lines[-1] else lines[:-1]

    def run(self) -> int:
        try:
            if "n" in self.call.letters:
                self._one(None)
            else:
                for value in self.inputs:
                    self._one(value)
        except NotJson as fault:
            self.ctx.error(f"jq: parse error: {fault}\n")
            return 4
        except Halt as halt:
            self._say()
            self.ctx.error(halt.message)
            return halt.status
        except JqStopped as stopped:
            self.ctx.error(f"jq: error: {stopped} (a limit of KubeLab)\n")
            return 5
        if self.status:
            return self.status
        if "e" in self.call.letters:
            return 4 if not self.any else int(self.last is None or self.last is False)
        return 0

    def _say(self) -> None:
        self.ctx.error("".join(self.jq.messages))
        self.jq.messages.clear()

    def _one(self, value: Any) -> None:
        """Runs the filter on one input; an error ends this one only."""
        scope = Scope(dict(self.call.variables), SCOPE.functions)
        try:
            for result in self.jq.results(self.tree, value, scope):
                self._say()
                self._write(result)
        except JqError as error:
            self._say()
            self.status = 5
            self.ctx.error(f"jq: error {self._told(error.value)}\n")
        except Breaking:
            self.status = 5
            self.ctx.error(f"jq: error (at {self.place}): break\n")
        except JqFault as fault:
            raise Exit(
                3, f"jq: error: {fault} at <top-level>, line 1:\n{self.call.words[0]}\njq: 1 compile error\n"
            ) from None
        except RecursionError:
            self.status = 5
            self.ctx.error("jq: error: the filter calls itself too often (a limit of KubeLab)\n")

    def _told(self, value: Any) -> str:
        place = "(at <unknown>)" if "n" in self.call.letters else f"(at {self.place})"
        if isinstance(value, str):
            return f"{place}: {value}"
        if value is None:
            return f"{place} (not a string): null"
        return f"{place} (not a string): {dump(value, self.jq.count)}"

    def _write(self, value: Any) -> None:
        self.any, self.last = True, value
        letters = self.call.letters
        if isinstance(value, str) and letters & {"r", "j"} and "a" not in letters:
            text = value
        else:
            text = self.writer.text(value)
        self.ctx.write(text if "j" in letters else text + "\n")
