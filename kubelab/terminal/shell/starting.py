"""Lets a process become a shell: reads the shell's own options and finds its program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.file_errors import FileError
from kubelab.terminal.shell.flavour import Flavour
from kubelab.terminal.shell.grammar import parse
from kubelab.terminal.shell.scanning import Incomplete, SyntaxFault

if TYPE_CHECKING:
    from kubelab.terminal.shell.task import Task

SYSTEM_BASHRC = "/etc/bash.bashrc"  # which Debian's and Ubuntu's bash reads first


def become_shell(task: Task, argv: list[str], flavour: Flavour) -> None:
    """Makes a process the shell that `argv` starts."""
    task.flavour = flavour
    task.shell_pid = task.pid
    task.subshell = False
    task.script = task.from_text = False
    task.name = argv[0]
    task.stack, task.frames, task.loops, task.saved = [], [], [], []
    task.line, task.base_line = 1, 0
    command, interactive, rest = _options(task, argv[1:])
    if task.exit_status is not None:
        return
    if "PWD" not in task.variables.values:
        task.variables.set("PWD", task.cwd)
        task.variables.flag("PWD", "x")
    if flavour.name == "bash":
        level = task.lookup("SHLVL") or ""
        task.variables.set("SHLVL", str(int(level) + 1 if level.isdigit() else 1))
        task.variables.flag("SHLVL", "x")
    if command:
        _from_text(task, rest)
    elif rest and not task.has_option("s"):
        _from_file(task, rest)
    else:
        task.args = rest
        task.unit = None
        task.interactive = interactive or task.stream(0).is_tty
        task.reads_script = True
        if task.interactive and "--norc" not in argv:
            _start_interactive(task)


def _options(task: Task, args: list[str]) -> tuple[bool, bool, list[str]]:
    """Takes the options off; returns whether -c and -i were among them, and the rest."""
    command = interactive = False
    while args and len(args[0]) > 1 and args[0][0] in "-+":
        option = args[0]
        args = args[1:]
        if option in ("--", "-"):
            break
        if option.startswith("--"):
            continue
        for letter in option[1:]:
            if letter == "c":
                command = True
            elif letter == "i":
                interactive = True
            elif letter == "l":
                continue
            elif letter == "o" and args:
                task.set_option(args[0], option[0] == "-")
                args = args[1:]
            else:
                task.set_option(letter, option[0] == "-")
    return command, interactive, args


def _from_text(task: Task, rest: list[str]) -> None:
    if not rest:
        task.say(f"-c{': option' if task.flavour.name == 'bash' else ''} requires an argument")
        task.die(2)
        return
    task.from_text = True
    text, *rest = rest
    if rest:
        task.name, *task.args = rest
    else:
        task.args = []
    _compile(task, text, f"{task.name}: -c: " if task.flavour.name == "bash" else "")


def _from_file(task: Task, rest: list[str]) -> None:
    path, *task.args = rest
    try:
        text = task.files.read(task.absolute(path))
    except FileError as error:
        prefix = f"{task.name}: "
        if task.flavour.name != "bash":
            prefix += "can't open '" + path + "': " if task.flavour.name == "ash" else f"0: cannot open {path}: "
            task.stream(2).write(f"{prefix}{error.reason}\n")
        else:
            task.stream(2).write(f"{prefix}{path}: {error.reason}\n")
        missing = 127 if error.code == "ENOENT" else 126
        task.die(missing if task.flavour.name == "bash" else 2)
        return
    task.name = path
    task.script = True
    _compile(task, text, "")


def tell_fault(task: Task, text: str, path: str) -> None:
    """Says what is wrong with a program; `path`: the sourced file that it comes from."""
    prefix = f"{path}: " if path else f"{task.name}: -c: " if task.from_text and task.flavour.name == "bash" else ""
    try:
        parse(text)
    except SyntaxFault as fault:
        _tell(task, text, prefix, text.count("\n", 0, fault.position) + 1, fault)
    except Incomplete as fault:
        _tell(task, text, prefix, _last_line(text, fault), fault)


def _last_line(text: str, fault: Incomplete) -> int:
    """Returns the line that bash names for a program that is unfinished."""
    if fault.position is not None:
        return text.count("\n", 0, fault.position) + 1
    return text.count("\n") + 1


def _compile(task: Task, text: str, prefix: str) -> None:
    try:
        task.unit, task.pc = task.compile(text), 0
        _warn(task, text)
    except SyntaxFault as fault:
        line = text.count("\n", 0, fault.position) + 1
        _refuse(task, text, prefix, line, fault)
    except Incomplete as fault:
        _refuse(task, text, prefix, _last_line(text, fault), fault)
    except RecursionError:
        task.say("maximum nesting level exceeded (a limit of KubeLab)")
        task.die(2)


def _warn(task: Task, text: str) -> None:
    """Tells of here-documents that only the end of the text has ended."""
    if task.unit is None or task.flavour.name != "bash":
        return
    last = text.count("\n") + (not text.endswith("\n"))
    for line, delimiter in task.unit.unclosed:
        what = f"here-document at line {line} delimited by end-of-file (wanted `{delimiter}')"
        task.stream(2).write(f"{task.name}: line {last}: warning: {what}\n")


def _refuse(task: Task, text: str, prefix: str, line: int, fault: SyntaxFault | Incomplete) -> None:
    """Says what is wrong with a program and ends."""
    _tell(task, text, prefix, line, fault)
    task.die(2)


def _tell(task: Task, text: str, prefix: str, line: int, fault: SyntaxFault | Incomplete) -> None:
    if task.flavour.name == "bash":
        name = prefix or f"{task.name}: "
        if isinstance(fault, SyntaxFault):
            shown = text.splitlines()[line - 1] if line <= len(text.splitlines()) else ""
            message = f"{name}line {line}: syntax error near unexpected token `{fault.token}'\n"
            message += f"{name}line {line}: `{shown}'\n"
        elif not fault.block:
            line += fault.what == ")"
            message = f"{name}line {line}: unexpected EOF while looking for matching `{fault.what}'\n"
        else:
            line += not text.endswith("\n")
            message = f"{name}line {line}: syntax error: unexpected end of file\n"
    else:
        message = f"{task.name}: {_plain(task, fault, line)}\n"
    task.stream(2).write(message)


def _plain(task: Task, fault: SyntaxFault | Incomplete, line: int) -> str:
    """Returns how ash and dash word a mistake."""
    dash = task.flavour.name == "dash"
    if isinstance(fault, SyntaxFault):
        token = fault.token if fault.token in ("redirection", "newline") else f'"{fault.token}"'
        what = f"{token} unexpected" if dash else f"unexpected {token}"
    elif fault.what in ("'", '"'):
        what = "Unterminated quoted string" if dash else "unterminated quoted string"
    else:
        expecting = f' (expecting "{fault.what}")' if fault.block else ""
        what = ("end of file unexpected" if dash else "unexpected end of file") + expecting
    return f"{line}: Syntax error: {what}" if dash else f"syntax error: {what}"


def _start_interactive(task: Task) -> None:
    """Reads the start-up files of an interactive shell."""
    if task.flavour.name != "bash":
        return
    home = task.lookup("HOME")
    if home:
        _source(task, f"{home}/.bashrc")
    _source(task, SYSTEM_BASHRC)  # what is put on top runs first


def _source(task: Task, path: str) -> None:
    try:
        text = task.files.read(path)
    except FileError:
        return
    try:
        task.push_unit(task.compile(text), "source", name=path, args=task.args)
    except (SyntaxFault, Incomplete) as fault:
        task.say(f"{path}: syntax error: {fault}")
