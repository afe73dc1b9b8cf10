"""What a shell process knows: its variables, positional and special parameters, options."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kubelab.cluster.file_errors import FileError
from kubelab.terminal.regular import RegularFault, search
from kubelab.terminal.shell.arithmetic import ArithmeticFault, evaluate
from kubelab.terminal.shell.expansion import DEFAULT_IFS
from kubelab.terminal.shell.faults import ShellFault
from kubelab.terminal.shell.flavour import Flavour
from kubelab.terminal.shell.variables import ReadOnly, Variables

if TYPE_CHECKING:
    from kubelab.cluster.files import FileSystem
    from kubelab.cluster.node.process import Machine
    from kubelab.terminal.shell.kernel import Kernel

LETTERS = {
    "allexport": "a",
    "errexit": "e",
    "noglob": "f",
    "noexec": "n",
    "nounset": "u",
    "verbose": "v",
    "xtrace": "x",
    "noclobber": "C",
}


class Scope:
    """The names of a shell process and their values.

    Attributes:
        args: the positional parameters.
        name: `$0`.
        options: letters of `set` that are on, and long names of those without a letter ("pipefail").
        frames: calls of functions, sourced files and evals that are under way.
    """

    kernel: Kernel
    flavour: Flavour
    pid: int
    interactive: bool
    script: bool

    def __init__(self) -> None:
        self.variables = Variables()
        self.functions: dict[str, list[Any]] = {}  # name -> [source of the body, line]
        self.aliases: dict[str, str] = {}
        self.args: list[str] = []
        self.name = "bash"
        self.options: list[str] = []
        self.host = ""  # the node that it runs on (ssh), "" for the kernel's own machine
        self.as_user = ""  # whom it was made to run as (sudo), "" for the machine's own user
        self.cwd = "/"
        self.umask = 0o022
        self.status = 0
        self.substituted: int | None = None
        self.pipe_statuses: list[int] = [0]
        self.last_background: int | None = None
        self.shell_pid = 0
        self.started = 0.0
        self.drawn = 0
        self.line = 1
        self.base_line = 0
        self.frames: list[dict[str, Any]] = []

    # machine

    @property
    def machine(self) -> Machine:
        """The computer that the process runs on."""
        return self.kernel.machine_of(self.host)

    @property
    def files(self) -> FileSystem:
        """The machine's files, as the process's user sees them."""
        files = self.machine.files
        if not self.as_user:
            return files
        return files.as_user(None if self.as_user == "root" else self.as_user)

    @property
    def user(self) -> str:
        """The process's user."""
        return self.as_user or self.machine.user

    def absolute(self, path: str) -> str:
        """Returns an absolute path."""
        return path if path.startswith("/") else f"{self.cwd.rstrip('/')}/{path}"

    def home_of(self, user: str) -> str | None:
        """Returns a user's home directory as /etc/passwd has it."""
        try:
            lines = self.files.as_user(None).read("/etc/passwd").splitlines()
        except FileError:
            return None
        fields = [line.split(":") for line in lines]
        return next((field[5] for field in fields if len(field) > 5 and field[0] == user), None)

    # parameters

    @property
    def ifs(self) -> str:
        """The letters at which words are split."""
        value = self.variables.values.get("IFS")
        return value if isinstance(value, str) else DEFAULT_IFS

    def lookup(self, name: str) -> str | None:
        """Returns the value of a variable, positional or special parameter; None when it is not set."""
        if self.variables.has_references:
            name = self.variables.resolve(name)
        value = self.variables.values.get(name)
        if value is not None:
            return value if isinstance(value, str) else self.variables.get(name)
        if name.isdigit():
            index = int(name)
            if index == 0:
                return self.name
            return self.args[index - 1] if index <= len(self.args) else None
        return self._special(name)

    def _special(self, name: str) -> str | None:
        simple = {
            "?": self.status,
            "#": len(self.args),
            "$": self.shell_pid,
            "!": self.last_background,
            "BASHPID": self.pid,
            "LINENO": self.line_number(),
            "PPID": 1,
        }
        if name in simple:
            value = simple[name]
            return None if value is None else str(value)
        if name == "-":
            return "".join(option for option in self.options if len(option) == 1) + ("i" if self.interactive else "")
        if name in ("@", "*"):
            return self.ifs[:1].join(self.args) if self.args else None
        if name == "_":
            return ""
        if name == "IFS":
            return DEFAULT_IFS
        return self._bash_special(name) if self.flavour.name == "bash" else None

    def _bash_special(self, name: str) -> str | None:
        if name == "RANDOM":
            self.drawn += 1
            return str(self.kernel.draw(32768, self.pid, self.drawn))
        if name == "SECONDS":
            return str(int(self.kernel.machine.now() - self.started))
        if name in ("EPOCHSECONDS", "EPOCHREALTIME"):
            now = self.kernel.machine.now()
            return str(int(now)) if name == "EPOCHSECONDS" else f"{now:.6f}"
        if name == "FUNCNAME":
            return next(iter(self.function_names()), None)
        if name in ("UID", "EUID"):
            return "0" if self.user == "root" else self.user if self.user.isdigit() else "1000"
        if name == "PIPESTATUS":
            return str(self.pipe_statuses[0] if self.pipe_statuses else self.status)
        if name in ("COLUMNS", "LINES") and self.kernel.tty is not None:
            return str(self.kernel.columns if name == "COLUMNS" else self.kernel.rows)
        fixed = {"BASH": "/bin/bash", "BASH_VERSION": "5.2.21(1)-release", "HOSTNAME": self.machine.hostname}
        fixed |= {"HOSTTYPE": "x86_64", "OSTYPE": "linux-gnu", "MACHTYPE": "x86_64-pc-linux-gnu"}
        return fixed.get(name)

    def function_names(self) -> list[str]:
        """Returns the names of the functions that are under way, the innermost first."""
        return [frame["name"] for frame in reversed(self.frames) if frame["kind"] == "function"]

    def line_number(self) -> int:
        """Returns the line that is being run, in its file."""
        return self.base_line + self.line

    def is_set(self, name: str) -> bool:
        """Tells whether a variable, or an array's element, is set (`[[ -v a[1] ]]`)."""
        base, bracket, index = name.partition("[")
        if bracket:
            return self.element(base, index.rstrip("]")) is not None
        return self.lookup(name) is not None

    def element(self, name: str, index: str) -> str | None:
        """Returns an array's element."""
        if self.variables.has_references:
            name = self.variables.resolve(name)
        if name == "PIPESTATUS" and index.strip().isdigit():
            at, statuses = int(index), self.pipe_statuses or [self.status]
            return str(statuses[at]) if at < len(statuses) else None
        if name == "FUNCNAME" and index.strip().isdigit():
            names = self.function_names()
            return names[int(index)] if int(index) < len(names) else None
        value = self.variables.values.get(name)
        key = self._key(name, index, value)
        if isinstance(value, dict):
            return value.get(key)
        return value if key == "0" else None

    def _key(self, name: str, index: str, value: Any) -> str:
        """Returns a subscript as the array keeps it: the text itself, or a number."""
        if self.variables.is_associative(name):
            return index
        number = self.arithmetic(index)
        if number < 0:
            keys = [int(key) for key in value] if isinstance(value, dict) else [0]
            number += max(keys, default=-1) + 1
            if number < 0:
                raise ShellFault(f"{name}[{index}]: bad array subscript", fatal=False)
        return str(number)

    # assignments

    def assign(self, name: str, text: str, index: str | None = None, *, append: bool = False) -> None:
        """Assigns a text to a variable or to an array's element."""
        variables = self.variables
        if variables.has_references:
            name = variables.resolve(name)
        if index is not None:
            index = self._key(name, index, variables.values.get(name))
        flags = variables.flags.get(name, "")
        if append:
            old = variables.get(name) if index is None else self.element(name, index)
            if "i" in flags:
                text = f"({old or 0})+({text})"
            else:
                text = (old or "") + text
        if "i" in flags:
            text = str(self.arithmetic(text))
        variables.set(name, text, index)
        if "a" in self.options:
            variables.flag(name, "x")

    def assign_array(self, name: str, array: dict[str, Any], *, append: bool) -> None:
        """Assigns `name=(...)`; `array` has the texts in "argv" and, by position, their subscripts in "keys"."""
        variables = self.variables
        if variables.has_references:
            name = variables.resolve(name)
        elements: dict[str, str] = {}
        if append:
            elements = dict(zip(variables.keys(name), variables.elements(name), strict=True))
        following = max((int(key) for key in elements), default=-1) + 1 if not variables.is_associative(name) else 0
        texts, keys = array["argv"], array["keys"]
        if variables.is_associative(name) and not keys:
            elements |= {texts[at]: texts[at + 1] if at + 1 < len(texts) else "" for at in range(0, len(texts), 2)}
            texts = []
        for position, text in enumerate(texts):
            key = keys.get(str(position))
            if key is not None and variables.is_associative(name):
                elements[key] = text
                continue
            if key is not None:
                following = self.arithmetic(key)
            elements[str(following)] = text
            following += 1
        variables.set_array(name, elements)
        if not variables.is_associative(name):
            variables.flag(name, "a")

    def read_only(self, name: str) -> None:
        """Complains of an assignment to a read-only variable."""
        raise ShellFault(f"{name}: readonly variable" if self.flavour.name == "bash" else f"{name}: is read only")

    def environment(self) -> dict[str, str]:
        """Returns what commands get as their environment."""
        return self.variables.exported()

    # arithmetic

    def arithmetic(self, source: str, command: str = "") -> int:
        """Returns the value of an arithmetic expression; `command` ("((", "[[") is named in messages."""
        try:
            return evaluate(source, self)
        except ArithmeticFault as fault:
            source = source if command else fault.source or source
            shown = f"{command}: {source.lstrip()}" if command else source
            if self.flavour.name == "dash":
                plain = "division by zero" if "division by 0" in str(fault) else "expecting primary"
                raise ShellFault(f'arithmetic expression: {plain}: "{source.strip()}"', 2) from None
            if self.flavour.name == "ash":
                plain = "divide by zero" if "division by 0" in str(fault) else "arithmetic syntax error"
                raise ShellFault(plain, 2) from None
            raise ShellFault(f"{shown.lstrip()}: {fault}", 1, fatal=not command) from None
        except ReadOnly as fault:
            raise ShellFault(f"{fault}: readonly variable") from None

    def number_source(self, name: str, index: str | None) -> str:
        """Returns a variable's text for arithmetic."""
        if index is None:
            value = self.lookup(name)
            if value is None and "u" in self.options:
                raise ShellFault(f"{name}: {self.flavour.unbound}", self.flavour.unbound_status, eof=True)
            return value or ""
        return self.element(name, index) or ""

    def set_number(self, name: str, index: str | None, value: int) -> None:
        """Assigns the result of an arithmetic assignment."""
        self.assign(name, str(value), index)

    # options

    def has_option(self, name: str) -> bool:
        """Tells whether an option of `set -o` is on."""
        return LETTERS.get(name, name) in self.options

    def set_option(self, name: str, on: bool) -> None:
        """Turns an option on or off, by its letter or its long name."""
        letter = LETTERS.get(name, name)
        if on and letter not in self.options:
            self.options.append(letter)
        elif not on and letter in self.options:
            self.options.remove(letter)

    def match_regular(self, text: str, pattern: str) -> int:
        """`[[ text =~ pattern ]]`: the status; the groups go to BASH_REMATCH."""
        try:
            match = search(pattern, text)
        except RegularFault:
            return 2
        groups = [match.group(), *(group or "" for group in match.groups())] if match else []
        self.variables.set_array("BASH_REMATCH", {str(index): group for index, group in enumerate(groups)})
        return 0 if match else 1
