"""awk: a language for lines and fields. Sources: POSIX awk, mawk(1), which is Debian's and Ubuntu's awk."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from kubelab.cluster.file_errors import FileError
from kubelab.terminal.awk import functions
from kubelab.terminal.awk.control import Ended, Next, NextFile, Stopped
from kubelab.terminal.awk.interpreter import Interpreter
from kubelab.terminal.awk.keeping import keep, restore
from kubelab.terminal.awk.lexer import AwkFault, unescape
from kubelab.terminal.awk.parser import MissingFault, read_program
from kubelab.terminal.awk.program import Program
from kubelab.terminal.awk.records import Records
from kubelab.terminal.awk.values import Input, text_of
from kubelab.terminal.inputs import Inputs, gather
from kubelab.terminal.options import Given, Usage, refuse
from kubelab.terminal.regular import RegularFault
from kubelab.terminal.shell.streams import packed, unpacked
from kubelab.terminal.tool import Context, Exit, Sleep, Steps, Wait, tool

USAGE = Usage("""
Usage: awk [OPTION]... 'program' [file ...]
Run a program for each line of files, or of standard input.

  -F, --field-separator=FS   fields are separated by FS
  -f, --file=FILE            the program in FILE
  -v, --assign=VAR=VALUE     set a variable before the program begins
  -W OPTION                  nothing
""", status=2, ordered=True)  # fmt: skip
NAME_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789")


@tool("awk", "mawk", "nawk")
def awk(ctx: Context) -> Steps:
    """awk [-F separator] [-v name=value] ['program' | -f file] [file ...]"""
    given = USAGE.parse(ctx)
    operands = list(given.operands)
    sources = yield from gather(ctx, given.all("f"))
    if None in sources:
        return 2
    if given.has("f"):
        source = "\n".join(text or "" for text in sources)
    elif operands:
        source = operands.pop(0)
    else:
        ctx.error(USAGE.text)
        return 2
    try:
        program = read_program(source)
    except AwkFault as fault:
        raise Exit(2, f"{ctx.name}: {fault}\n") from None
    except MissingFault as missing:
        refuse(ctx, str(missing), 2)
    except RecursionError:
        raise Exit(2, f"{ctx.name}: the program is nested too deeply (a limit of KubeLab)\n") from None
    return (yield from _Call(ctx, given, program, operands).run())


class _Call:
    """One call of awk."""

    def __init__(self, ctx: Context, given: Given, program: Program, operands: list[str]) -> None:
        self.ctx = ctx
        self.program = program
        self.records = Records(file=self._file)
        self.awk = Interpreter(program, self.records, lambda: ctx.now, functions.call)
        self.files: list[str] = []
        self.before: list[list[str]] = [[]]  # the assignments before each file, and behind the last one
        for operand in operands:
            name, equals, _value = operand.partition("=")
            if equals and name and set(name) <= NAME_CHARACTERS and not name[0].isdigit():
                self.before[-1].append(operand)
            elif operand:
                self.files.append(operand)
                self.before.append([])
        self._set_up(given, operands)

    def _set_up(self, given: Given, operands: list[str]) -> None:
        awk, ctx = self.awk, self.ctx
        if given.has("F"):
            separator = unescape(given.value("F"))
            awk.variables["FS"] = separator
        for assignment in given.all("v"):
            if "=" not in assignment:
                raise Exit(2, f"{ctx.name}: improper assignment: -v {assignment}\n")
            self._assign(assignment)
        awk.arrays["ENVIRON"] = {name: Input(value) for name, value in ctx.env.items()}
        awk.arrays["ARGV"] = {str(at): Input(arg) for at, arg in enumerate([ctx.name, *operands])}
        awk.variables["ARGC"] = float(len(operands) + 1)

    def _assign(self, assignment: str) -> None:
        name, _, value = assignment.partition("=")
        self.awk.set_variable(name, Input(unescape(value)))

    def _file(self, path: str) -> str | None:
        if path in ("-", "/dev/stdin"):
            return self.ctx.stdin.read_all() or ""
        try:
            return self.ctx.read_file(path)
        except FileError:
            return None

    def run(self) -> Generator[Wait, Any, int]:
        state, awk, ctx = self.ctx.state, self.awk, self.ctx
        try:
            if "phase" not in state:
                if self.program.reads:
                    yield from self._read_everything()
                state["phase"] = "main" if self.program.rules or self.program.ends else "done"
                self._guarded(awk.begin)
                self._keep()
            elif "kept" in state:
                restore(awk, state["kept"])
                self.records.ended = self.program.reads
            if state["phase"] == "main":
                yield from self._main()
            if state["phase"] == "end":
                state["phase"] = "done"
                self._guarded(awk.end)
                self._keep()
        except (Stopped, RegularFault) as fault:
            self._flush()
            raise Exit(2, f"{ctx.name}: {fault}\n") from None
        except RecursionError:
            raise Exit(2, f"{ctx.name}: the program is nested too deeply (a limit of KubeLab)\n") from None
        yield from self._run_commands()
        return int(state["kept"]["numbers"][3])

    def _guarded(self, act: Any) -> bool:
        """Runs a part of the program; returns False after `exit`."""
        try:
            act()
        except Ended:
            self.ctx.state["phase"] = "end" if self.ctx.state["phase"] == "main" else "done"
            return False
        except (Next, NextFile):
            raise Stopped("next used in BEGIN or END") from None
        return True

    def _main(self) -> Generator[Wait, Any, None]:
        state, ctx = self.ctx.state, self.ctx
        if self.program.reads:
            self._records()
            state["phase"] = "end"
            self._keep()
            return
        inputs = Inputs(ctx, self.files, complaint=self._cannot_open, lines=False)
        while chunk := (yield from inputs.next()):
            if chunk.first:
                number = state["number"] = state.get("number", -1) + 1
                for assignment in self.before[min(number, len(self.before) - 1)]:
                    self._assign(assignment)
                self.awk.variables["FNR"] = 0.0
                self.awk.variables["FILENAME"] = "" if chunk.name == "-" and not self.files else chunk.name
                state["skip"] = False
            if not state["skip"]:
                self.records.add(chunk.text)
                self.records.ended = chunk.last
                self._records()
            self._keep()
            if state["phase"] != "main":
                return
            yield Sleep(ctx.now)
        for assignment in self.before[-1] if self.files else self.before[0]:
            self._assign(assignment)
        state["phase"] = "end"
        self._keep()

    def _read_everything(self) -> Generator[Wait, Any, None]:
        """Gets all records together, for a program that takes them with getline."""
        state = self.ctx.state
        inputs = Inputs(self.ctx, self.files, complaint=self._cannot_open, lines=False)
        while chunk := (yield from inputs.next()):
            state["everything"] = packed(unpacked(state.get("everything", "")) + chunk.text)
        self.records.add(unpacked(state.pop("everything", "")))
        self.records.ended = True

    def _cannot_open(self, path: str, error: FileError) -> str:
        reason = "read error" if error.code == "EISDIR" else error.reason
        raise Exit(2, f"{self.ctx.name}: cannot open {path} ({reason})\n")

    def _records(self) -> None:
        awk = self.awk
        try:
            while (record := self.records.next(text_of(awk.variables["RS"]))) is not None:
                if not self._guarded_record(record):
                    return
        except NextFile:
            self.ctx.state["skip"] = True
            self.records.text, self.records.at = "", 0

    def _guarded_record(self, record: str) -> bool:
        try:
            self.awk.take(record)
        except Ended:
            self.ctx.state["phase"] = "end"
            return False
        return True

    # output

    def _keep(self) -> None:
        self._flush()
        self.ctx.state["kept"] = keep(self.awk)

    def _flush(self) -> None:
        """Hands on what was written."""
        ctx, state = self.ctx, self.ctx.state
        opened: list[str] = state.setdefault("opened", [])
        commands: list[list[Any]] = state.setdefault("commands", [])
        for where, text in self.awk.out:
            if not where:
                ctx.write(text)
            elif where.startswith("close "):
                name = where[6:]
                opened[:] = [path for path in opened if path != name]
                for command in commands:
                    command[2] = command[2] or command[0] == name
            elif where[0] == "|":
                self._for_command(commands, where[1:], text)
            elif where[1:] == "/dev/stderr":
                ctx.error(text)
            elif where[1:] != "/dev/null":
                self._to_file(opened, where[0], where[1:], text)
        self.awk.out.clear()

    def _for_command(self, commands: list[list[Any]], name: str, text: str) -> None:
        for command in commands:
            if command[0] == name and not command[2]:
                command[1] = packed(unpacked(command[1]) + text)
                return
        commands.append([name, packed(text), False])

    def _to_file(self, opened: list[str], sign: str, path: str, text: str) -> None:
        full = self.ctx.path(path)
        path = path.removeprefix(">") if sign == ">" and path.startswith(">") else path
        try:
            if path not in opened:
                opened.append(path)
                if sign == ">":
                    self.ctx.files.write(full, text)
                    return
            self.ctx.files.append(full, text)
        except FileError as error:
            raise Exit(2, f'{self.ctx.name}: cannot open "{path}" for output ({error.reason})\n') from None

    def _run_commands(self) -> Generator[Wait, Any, None]:
        """Runs the commands that were printed to; they get all of it at once."""
        for name, text, _closed in self.ctx.each(self.ctx.state.get("commands", []), "command"):
            yield from self.ctx.run(["sh", "-c", name], stdin=unpacked(text))
