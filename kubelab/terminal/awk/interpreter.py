"""Runs awk programs, record by record. Bounded: a program that goes round in circles is stopped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kubelab.terminal import regular
from kubelab.terminal.awk.control import (
    COMPARISONS,
    Break,
    Continue,
    Ended,
    Next,
    NextFile,
    Returned,
    Stopped,
    arithmetic,
)
from kubelab.terminal.awk.program import Function, Program, Tree
from kubelab.terminal.awk.records import Records, fields_of
from kubelab.terminal.awk.values import NOTHING, Input, compared, formatted, number_of, text_of, truth

STEPS = 500_000  # statements of one call
LENGTH = 4 * 1024 * 1024  # letters of one string
FIELDS = 100_000
DEFAULTS: dict[str, Any] = {
    "FS": " ", "OFS": " ", "ORS": "\n", "RS": "\n", "NR": 0.0, "FNR": 0.0, "NF": 0.0, "FILENAME": "", "SUBSEP": "\x1c",
    "CONVFMT": "%.6g", "OFMT": "%.6g", "RSTART": 0.0, "RLENGTH": -1.0,
}  # fmt: skip


class Interpreter:
    """A program at work.

    Args:
        program: what is run.
        records: where its records come from.
        now: tells the time, for systime().
        functions: calls a built-in function with its arguments.

    Attributes:
        variables, arrays: the global ones.
        out: what is written, as [where, text] with where "" for standard output, ">path", "|command".
        status: of `exit`.
    """

    def __init__(
        self,
        program: Program,
        records: Records,
        now: Callable[[], float],
        functions: Callable[[Interpreter, str, list[Tree]], Any],
    ) -> None:
        self.functions = functions
        self.program = program
        self.records = records
        self.now = now
        self.variables: dict[str, Any] = dict(DEFAULTS)
        self.arrays: dict[str, dict[str, Any]] = {}
        self.frames: list[dict[str, Any]] = []
        self.ranges: dict[str, bool] = {}
        self.record = ""
        self.fields: list[Any] | None = []
        self.steps = 0
        self.drawn = 0
        self.seed = 0.0
        self.status = 0
        self.out: list[list[str]] = []
        self.read_files: dict[str, int] = {}
        self._evaluators: dict[str, Callable[[Tree], Any]] = {}
        self._statements: dict[str, Callable[[Tree], None]] = {}

    # records

    def begin(self) -> None:
        """Runs BEGIN."""
        for action in self.program.begins:
            self.execute(action)

    def end(self) -> None:
        """Runs END."""
        for action in self.program.ends:
            self.execute(action)

    def take(self, record: str) -> None:
        """Runs the rules for a record."""
        self.set_record(record)
        self.variables["NR"] += 1.0
        self.variables["FNR"] += 1.0
        try:
            for number, (pattern, action) in enumerate(self.program.rules):
                if pattern is None or self._matches(pattern, number):
                    if action is None:
                        self.write("", self.record + text_of(self.variables["ORS"]))
                    else:
                        self.execute(action)
        except Next:
            return

    def _matches(self, pattern: Tree, number: int) -> bool:
        if pattern[0] != "range":
            return truth(self.value(pattern))
        key = str(number)
        if not self.ranges.get(key):
            if not truth(self.value(pattern[1])):
                return False
            self.ranges[key] = True
        if truth(self.value(pattern[2])):
            self.ranges[key] = False
        return True

    def set_record(self, record: str) -> None:
        """Makes a string the record."""
        self.record = record
        self.fields = None

    def split_record(self) -> list[Any]:
        """Returns the fields."""
        if self.fields is None:
            self.fields = fields_of(self.record, text_of(self.variables["FS"]))
            self.variables["NF"] = float(len(self.fields))
        return self.fields

    def field(self, number: float) -> Any:
        """Returns $number."""
        at = int(number)
        if at < 0:
            raise Stopped(f"attempt to access field {at}")
        if at == 0:
            return Input(self.record)
        fields = self.split_record()
        return fields[at - 1] if at <= len(fields) else NOTHING

    def set_field(self, number: float, value: Any) -> None:
        """Sets $number."""
        at = int(number)
        if at == 0:
            self.set_record(text_of(value))
            return
        if at < 0 or at > FIELDS:
            raise Stopped(f"attempt to access field {at}")
        fields = self.split_record()
        fields.extend([Input("")] * (at - len(fields)))
        fields[at - 1] = value
        self._rebuild()

    def _rebuild(self) -> None:
        fields = self.split_record()
        self.variables["NF"] = float(len(fields))
        self.record = text_of(self.variables["OFS"]).join(self._text(field) for field in fields)

    # variables

    def array(self, name: str) -> dict[str, Any]:
        """Returns an array."""
        if self.frames and name in self.frames[-1]:
            held = self.frames[-1][name]
            if not isinstance(held, dict):
                held = self.frames[-1][name] = {}
            return held
        if name not in self.arrays:
            self.arrays[name] = {}
        return self.arrays[name]

    def variable(self, name: str) -> Any:
        """Returns a variable's value."""
        if self.frames and name in self.frames[-1]:
            return self.frames[-1][name]
        if name == "NF":
            self.split_record()
        return self.variables.get(name, NOTHING)

    def set_variable(self, name: str, value: Any) -> None:
        """Sets a variable."""
        if self.frames and name in self.frames[-1]:
            self.frames[-1][name] = value
            return
        if name == "NF":
            fields = self.split_record()
            count = max(0, min(int(number_of(value)), FIELDS))
            del fields[count:]
            fields.extend([Input("")] * (count - len(fields)))
            self._rebuild()
            return
        if name == "FS":
            self.split_record()
        self.variables[name] = value

    def assign(self, target: Tree, value: Any) -> Any:
        """Sets what stands left of `=`."""
        if target[0] == "variable":
            self.set_variable(target[1], value)
        elif target[0] == "field":
            self.set_field(number_of(self.value(target[1])), value)
        else:
            self.array(target[1])[self.key(target[2])] = value
        return value

    def key(self, keys: list[Tree]) -> str:
        """Returns an array's subscript."""
        if len(keys) == 1:
            return self._text(self.value(keys[0]))
        return text_of(self.variables["SUBSEP"]).join(self._text(self.value(key)) for key in keys)

    def _text(self, value: Any) -> str:
        return text_of(value, text_of(self.variables["CONVFMT"])) if isinstance(value, float) else str(value)

    # statements

    def execute(self, tree: Tree) -> None:
        """Runs a statement."""
        self.steps += 1
        if self.steps > STEPS:
            raise Stopped(f"stopped after {STEPS} statements (a limit of KubeLab)")
        kind = tree[0]
        statement = self._statements.get(kind)
        if statement is None:
            statement = self._statements[kind] = getattr(self, f"_do_{kind.replace(' ', '_')}")
        statement(tree)

    def _do_block(self, tree: Tree) -> None:
        for statement in tree[1]:
            self.execute(statement)

    def _do_expression(self, tree: Tree) -> None:
        self.value(tree[1])

    def _do_if(self, tree: Tree) -> None:
        if truth(self.value(tree[1])):
            self.execute(tree[2])
        elif tree[3] is not None:
            self.execute(tree[3])

    def _loop_body(self, body: Tree) -> bool:
        """Runs a loop's body; returns True after `break`."""
        try:
            self.execute(body)
        except Break:
            return True
        except Continue:
            return False
        return False

    def _do_while(self, tree: Tree) -> None:
        while truth(self.value(tree[1])):
            if self._loop_body(tree[2]):
                break

    def _do_do(self, tree: Tree) -> None:
        while True:
            if self._loop_body(tree[1]) or not truth(self.value(tree[2])):
                break

    def _do_for(self, tree: Tree) -> None:
        _kind, begin, condition, step, body = tree
        if begin is not None:
            self.execute(begin)
        while condition is None or truth(self.value(condition)):
            if self._loop_body(body):
                break
            if step is not None:
                self.execute(step)

    def _do_for_in(self, tree: Tree) -> None:
        _kind, name, array, body = tree
        for key in list(self.array(array)):
            self.set_variable(name, Input(key))
            if self._loop_body(body):
                break

    def _do_break(self, tree: Tree) -> None:
        raise Break

    def _do_continue(self, tree: Tree) -> None:
        raise Continue

    def _do_next(self, tree: Tree) -> None:
        raise Next

    def _do_nextfile(self, tree: Tree) -> None:
        raise NextFile

    def _do_exit(self, tree: Tree) -> None:
        if tree[1] is not None:
            self.status = int(number_of(self.value(tree[1]))) & 255
        raise Ended

    def _do_return(self, tree: Tree) -> None:
        raise Returned(NOTHING if tree[1] is None else self.value(tree[1]))

    def _do_delete(self, tree: Tree) -> None:
        if tree[2] is None:
            self.array(tree[1]).clear()
        else:
            self.array(tree[1]).pop(self.key(tree[2]), None)

    def _do_print(self, tree: Tree) -> None:
        form = text_of(self.variables["OFMT"])
        values = [self.value(part) for part in tree[1]] or [Input(self.record)]
        text = text_of(self.variables["OFS"]).join(text_of(value, form) for value in values)
        self.write(self._target(tree), text + text_of(self.variables["ORS"]))

    def _do_printf(self, tree: Tree) -> None:
        values = [self.value(part) for part in tree[1]]
        if not values:
            raise Stopped("no arguments in call to printf")
        self.write(self._target(tree), formatted(self._text(values[0]), values[1:]))

    def _target(self, tree: Tree) -> str:
        if tree[2] is None:
            return ""
        name = self._text(self.value(tree[3]))
        return {"/dev/stdout": "", "-": ""}.get(name, f"{tree[2][0]}{name}") if tree[2] != "|" else f"|{name}"

    def write(self, where: str, text: str) -> None:
        """Gathers what is written."""
        if self.out and self.out[-1][0] == where and len(self.out[-1][1]) < 1000:
            self.out[-1][1] += text
        else:
            self.out.append([where, text])

    # expressions

    def value(self, tree: Tree) -> Any:
        """Returns what an expression comes to."""
        kind = tree[0]
        evaluator = self._evaluators.get(kind)
        if evaluator is None:
            evaluator = self._evaluators[kind] = getattr(self, f"_of_{NAMES.get(kind, kind)}")
        return evaluator(tree)

    def _of_number(self, tree: Tree) -> Any:
        return tree[1]

    def _of_string(self, tree: Tree) -> Any:
        return tree[1]

    def _of_regex(self, tree: Tree) -> Any:
        return float(regular.find(self.expression(tree[1]), self.record) is not None)

    def _of_variable(self, tree: Tree) -> Any:
        return self.variable(tree[1])

    def _of_field(self, tree: Tree) -> Any:
        return self.field(number_of(self.value(tree[1])))

    def _of_index(self, tree: Tree) -> Any:
        return self.array(tree[1]).setdefault(self.key(tree[2]), NOTHING)

    def _of_group(self, tree: Tree) -> Any:
        if len(tree[1]) == 1:
            return self.value(tree[1][0])
        return self.key(tree[1])

    def _of_conditional(self, tree: Tree) -> Any:
        return self.value(tree[2] if truth(self.value(tree[1])) else tree[3])

    def _of_or(self, tree: Tree) -> Any:
        return float(truth(self.value(tree[1])) or truth(self.value(tree[2])))

    def _of_and(self, tree: Tree) -> Any:
        return float(truth(self.value(tree[1])) and truth(self.value(tree[2])))

    def _of_in(self, tree: Tree) -> Any:
        return float(self.key(tree[1]) in self.array(tree[2]))

    def _of_match(self, tree: Tree) -> Any:
        text = self._text(self.value(tree[2]))
        found = regular.find(self.pattern(tree[3]), text) is not None
        return float(found != tree[1])

    def pattern(self, tree: Tree) -> Any:
        """Returns the compiled expression that a tree stands for."""
        return self.expression(tree[1] if tree[0] == "regex" else self._text(self.value(tree)))

    def expression(self, text: str) -> Any:
        """Compiles a regular expression."""
        return regular.compiled(text, escapes=True)

    def _of_compare(self, tree: Tree) -> Any:
        order = compared(self.value(tree[2]), self.value(tree[3]))
        return float(COMPARISONS[tree[1]](order))

    def _of_concat(self, tree: Tree) -> Any:
        text = self._text(self.value(tree[1])) + self._text(self.value(tree[2]))
        if len(text) > LENGTH:
            raise Stopped("stopped: a string of more than 4 MiB (a limit of KubeLab)")
        return text

    def _of_arithmetic(self, tree: Tree) -> Any:
        return arithmetic(tree[1], number_of(self.value(tree[2])), number_of(self.value(tree[3])))

    def _of_unary(self, tree: Tree) -> Any:
        value = self.value(tree[2])
        if tree[1] == "!":
            return float(not truth(value))
        return -number_of(value) if tree[1] == "-" else number_of(value)

    def _of_assign(self, tree: Tree) -> Any:
        _kind, operator, target, source = tree
        value = self.value(source)
        if operator != "=":
            value = arithmetic(operator[0], number_of(self.value(target)), number_of(value))
        return self.assign(target, value)

    def _of_prefix(self, tree: Tree) -> Any:
        return self.assign(tree[2], number_of(self.value(tree[2])) + (1.0 if tree[1] == "++" else -1.0))

    def _of_postfix(self, tree: Tree) -> Any:
        before = number_of(self.value(tree[2]))
        self.assign(tree[2], before + (1.0 if tree[1] == "++" else -1.0))
        return before

    def _of_call(self, tree: Tree) -> Any:
        function = self.program.functions.get(tree[1])
        if function is None:
            raise Stopped(f"function {tree[1]} never defined")
        if len(tree[2]) > len(function.parameters):
            raise Stopped(f"too many arguments in call to {tree[1]}")
        return self._call(function, tree[2])

    def _call(self, function: Function, arguments: list[Tree]) -> Any:
        frame: dict[str, Any] = {}
        for number, name in enumerate(function.parameters):
            if number >= len(arguments):
                frame[name] = {} if name in function.arrays else NOTHING
            elif name in function.arrays and arguments[number][0] == "variable":
                frame[name] = self.array(arguments[number][1])
            else:
                frame[name] = self.value(arguments[number])
        if len(self.frames) > 100:
            raise Stopped(f"stopped: {function.name} calls itself too often (a limit of KubeLab)")
        self.frames.append(frame)
        try:
            self.execute(function.body)
        except Returned as result:
            return result.value
        finally:
            self.frames.pop()
        return NOTHING

    def _of_builtin(self, tree: Tree) -> Any:
        return self.functions(self, tree[1], tree[2])

    def _of_getline(self, tree: Tree) -> Any:
        _kind, target, source = tree
        if source is None:
            record = self.records.next(text_of(self.variables["RS"]))
            if record is None:
                return 0.0
            self.variables["NR"] += 1.0
            self.variables["FNR"] += 1.0
        else:
            path = self._text(self.value(source))
            text = self.records.file(path)
            if text is None:
                return -1.0
            reading = Records(text, ended=True, at=self.read_files.get(path, 0))
            record = reading.next(text_of(self.variables["RS"]))
            self.read_files[path] = reading.at
            if record is None:
                return 0.0
            if target is None:
                self.set_record(record)
                return 1.0
        if target is None:
            self.set_record(record)
        else:
            self.assign(target, Input(record))
        return 1.0


NAMES = {"?": "conditional", "||": "or", "&&": "and"}
