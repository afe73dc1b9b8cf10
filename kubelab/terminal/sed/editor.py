"""Runs sed scripts over lines. Bounded: a script that goes round in circles is stopped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kubelab.terminal import regular
from kubelab.terminal.sed.script import Address, Command, Script

STEPS = 1_000_000  # commands of one call
SPACE = 4 * 1024 * 1024  # letters of the pattern or hold space


class Stopped(Exception):
    """The script takes too long or too much."""


class Quit(Exception):
    """The script has ended itself."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Editor:
    """A script at work. What it remembers between two lines is in `kept`, which is JSON.

    Args:
        script: what is run.
        kept: hold space, line number, open ranges; {} at the beginning.
        quiet: lines are not printed by themselves (-n).
        extended: expressions are extended ones.
        read: returns a file's text, "" where it cannot be read (r).
        write: adds to a file (w); "/dev/stdout" is the output.
    """

    def __init__(
        self,
        script: Script,
        kept: dict[str, Any],
        *,
        quiet: bool,
        extended: bool,
        read: Callable[[str], str],
        write: Callable[[str, str], None],
    ) -> None:
        self.script = script
        self.kept = kept
        self.quiet = quiet or script.silent
        self.extended = extended
        self.read = read
        self.write = write
        self.out: list[str] = []
        self.lines: list[str] = []  # those to come
        self.at = 0
        self.more = False  # others may follow these
        self.pattern = ""
        self.newline = "\n"
        self.name = "-"
        kept.setdefault("line", 0)
        kept.setdefault("hold", "")
        kept.setdefault("ranges", {})
        kept.setdefault("steps", 0)
        kept.setdefault("last", "")

    def feed(self, lines: list[str], *, more: bool) -> tuple[str, int]:
        """Runs the script over lines (with their newlines).

        Args:
            more: others will follow; the last one is then left over, as it could be `$`.

        Returns:
            What is written, and how many lines were used.

        Raises:
            Quit: after q; what is written is in `out`.
            Stopped: if it takes too long.
        """
        self.lines, self.more, self.at = lines, more, 0
        while self._has_line():
            begin = self.at, self.kept["line"]
            self._next_line()
            try:
                self._cycle()
            except _WaitForMore:
                self.at, self.kept["line"] = begin
                break
        text = "".join(self.out)
        self.out = []
        return text, self.at

    def _has_line(self) -> bool:
        return self.at < len(self.lines) - (1 if self.more else 0)

    def _next_line(self) -> None:
        line = self.lines[self.at]
        self.at += 1
        self.kept["line"] += 1
        self.newline = "\n" if line.endswith("\n") else ""
        self.pattern = line[: len(line) - len(self.newline)]

    def _is_last(self) -> bool:
        return not self.more and self.at >= len(self.lines)

    # cycles

    def _cycle(self) -> None:
        before = dict(self.kept, ranges=dict(self.kept["ranges"])), len(self.out)
        self.appended: list[str] = []
        self.substituted = False
        again = True
        try:
            while again:
                again = self._commands()
        except _WaitForMore:
            self.kept.update(before[0])
            del self.out[before[1] :]
            raise

    def _commands(self) -> bool:
        """Runs the commands once; returns True where D begins anew without reading a line."""
        commands = self.script.commands
        at = 0
        while at < len(commands):
            command = commands[at]
            at += 1
            self._count()
            selected = self._selects(command) != command.negated
            if command.name == "{":
                if not selected:
                    at = command.target + 1
                continue
            if not selected or command.name in "}:":
                continue
            if command.name in ("b", "t", "T"):
                if self._jumps(command):
                    at = command.target
                continue
            verdict = getattr(self, f"_do_{NAMES.get(command.name, command.name)}")(command)
            if verdict == "delete":
                self._append()
                return False
            if verdict == "again":
                self._append()
                return True
        self._end_of_cycle()
        return False

    def _count(self) -> None:
        self.kept["steps"] += 1
        if self.kept["steps"] > STEPS:
            raise Stopped(f"stopped after {STEPS} commands (a limit of KubeLab)")
        if len(self.pattern) > SPACE or len(self.kept["hold"]) > SPACE:
            raise Stopped("stopped: more than 4 MiB in the pattern or hold space (a limit of KubeLab)")

    def _end_of_cycle(self) -> None:
        if not self.quiet:
            self._put(self.pattern, self.newline)
        self._append()

    def _put(self, text: str, newline: str = "\n") -> None:
        if self.kept.get("open"):
            self.out.append("\n")
        self.out.append(text + newline)
        self.kept["open"] = not newline

    def _append(self) -> None:
        for text in self.appended:
            if text:
                if self.kept.get("open"):
                    self.out.append("\n")
                    self.kept["open"] = False
                self.out.append(text)
        self.appended = []

    def _jumps(self, command: Command) -> bool:
        if command.name == "b":
            return True
        done, self.substituted = self.substituted, False
        return done == (command.name == "t")

    # addresses

    def _selects(self, command: Command) -> bool:
        first, second = command.first, command.second
        if first is None:
            return True
        if second is None:
            return self._is_at(first)
        ranges, key, line = self.kept["ranges"], str(command.number), self.kept["line"]
        if key in ranges:
            end = ranges[key]
            if end is not None and line > end:
                del ranges[key]
                return self._opens(command)
            if (end is not None and line == end) or (end is None and self._ends(second)):
                del ranges[key]
            return True
        return self._opens(command)

    def _opens(self, command: Command) -> bool:
        first, second = command.first, command.second
        if first is None or second is None:
            return True
        ranges, key, line = self.kept["ranges"], str(command.number), self.kept["line"]
        if first.kind == "line" and first.number == 0:
            if line == 1 and not self._ends(second):
                ranges[key] = None
            return bool(line == 1)
        if not self._is_at(first):
            return False
        end: int | None = None
        if second.kind == "line":
            end = second.number
        elif second.kind == "plus":
            end = line + second.number
        elif second.kind == "multiple":
            end = line if second.number <= 0 else -(-line // second.number) * second.number
        elif second.kind == "last" and self._is_last():
            return True
        if end is None or end > line:
            ranges[key] = end
        return True

    def _ends(self, second: Address) -> bool:
        return self._is_at(second)

    def _is_at(self, address: Address) -> bool:
        line = self.kept["line"]
        if address.kind == "line":
            return bool(line == address.number)
        if address.kind == "last":
            return self._is_last()
        if address.kind == "step":
            if address.step <= 0:
                return bool(line == address.number)
            return bool(line >= address.number and (line - address.number) % address.step == 0)
        expression = self._expression(address.pattern or "", address.ignore_case, False)
        return regular.find(expression, self.pattern) is not None

    def _expression(self, pattern: str, ignore_case: bool, multiline: bool) -> Any:
        """Compiles an expression; an empty one is the last one used."""
        if pattern:
            self.kept["last"] = [pattern, ignore_case]
        elif self.kept["last"]:
            pattern, ignore_case = self.kept["last"]
        else:
            raise regular.RegularFault("no previous regular expression")
        around = "(?m:{})" if multiline else "{}"
        return regular.compiled(pattern, basic=not self.extended, ignore_case=ignore_case, escapes=True, around=around)

    # commands: each returns None, "delete" (the cycle ends) or "again" (it begins anew)

    def _do_equals(self, command: Command) -> None:
        self._put(str(self.kept["line"]))

    def _do_a(self, command: Command) -> None:
        self.appended.append(command.text)

    def _do_i(self, command: Command) -> None:
        self._put(command.text.removesuffix("\n"))

    def _do_c(self, command: Command) -> str:
        in_range = command.second is not None and str(command.number) in self.kept["ranges"]
        if not in_range or command.negated:
            self._put(command.text.removesuffix("\n"))
        return "delete"

    def _do_d(self, command: Command) -> str:
        return "delete"

    def _do_upper_d(self, command: Command) -> str:
        if "\n" not in self.pattern:
            return "delete"
        self.pattern = self.pattern.partition("\n")[2]
        return "again"

    def _do_upper_f(self, command: Command) -> None:
        self._put(self.name)

    def _do_g(self, command: Command) -> None:
        self.pattern = self.kept["hold"]

    def _do_upper_g(self, command: Command) -> None:
        self.pattern += "\n" + self.kept["hold"]

    def _do_h(self, command: Command) -> None:
        self.kept["hold"] = self.pattern

    def _do_upper_h(self, command: Command) -> None:
        self.kept["hold"] += "\n" + self.pattern

    def _do_x(self, command: Command) -> None:
        self.pattern, self.kept["hold"] = self.kept["hold"], self.pattern

    def _do_z(self, command: Command) -> None:
        self.pattern = ""

    def _do_l(self, command: Command) -> None:
        out = ""
        width = command.which or 70
        shown = {
            "\\": "\\\\",
            "\n": "\\n",
            "\t": "\\t",
            "\r": "\\r",
            "\a": "\\a",
            "\b": "\\b",
            "\f": "\\f",
            "\v": "\\v",
        }
        pieces = []
        for letter in self.pattern:
            if letter in shown:
                pieces.append(shown[letter])
            elif " " <= letter <= "~":
                pieces.append(letter)
            else:
                pieces.extend(f"\\{byte:03o}" for byte in letter.encode("utf-8", "surrogateescape"))
        column = 0
        for piece in pieces:
            if width > 1 and column + len(piece) > width - 1:
                out, column = out + "\\\n", 0
            out, column = out + piece, column + len(piece)
        self._put(out + "$")

    def _do_n(self, command: Command) -> str | None:
        if not self._has_line():
            if self.more:
                raise _WaitForMore
            if not self.quiet:
                self._put(self.pattern, self.newline)
            self._append()
            raise Quit(0)
        if not self.quiet:
            self._put(self.pattern, self.newline)
        self._append()
        self._next_line()
        return None

    def _do_upper_n(self, command: Command) -> str | None:
        if not self._has_line():
            if self.more:
                raise _WaitForMore
            self._end_of_cycle()
            raise Quit(0)
        self._append()
        before = self.pattern
        self._next_line()
        self.pattern = before + "\n" + self.pattern
        return None

    def _do_p(self, command: Command) -> None:
        self._put(self.pattern)

    def _do_upper_p(self, command: Command) -> None:
        self._put(self.pattern.partition("\n")[0])

    def _do_q(self, command: Command) -> None:
        self._end_of_cycle()
        raise Quit(command.which)

    def _do_upper_q(self, command: Command) -> None:
        raise Quit(command.which)

    def _do_r(self, command: Command) -> None:
        self.appended.append(self.read(command.text))

    def _do_upper_r(self, command: Command) -> None:
        lines = self.read(command.text).splitlines()
        at = self.kept.setdefault("read", {}).get(command.text, 0)
        if at < len(lines):
            self.appended.append(lines[at] + "\n")
            self.kept["read"][command.text] = at + 1

    def _do_w(self, command: Command) -> None:
        self._to_file(command.text, self.pattern)

    def _do_upper_w(self, command: Command) -> None:
        self._to_file(command.text, self.pattern.partition("\n")[0])

    def _to_file(self, path: str, text: str) -> None:
        if path == "/dev/stdout":
            self._put(text)
        else:
            self.write(path, text + "\n")

    def _do_y(self, command: Command) -> None:
        self.pattern = self.pattern.translate(command.table)

    def _do_s(self, command: Command) -> None:
        expression = self._expression(command.pattern, command.ignore_case, command.multiline)
        text, out, at, found = self.pattern, "", 0, 0
        start = 0
        while start <= len(text):
            match = regular.find(expression, text, start)
            if match is None:
                break
            begin, end = match.span()
            if begin == end and begin == at and found and begin > 0 and out and start == at and self._touched:
                out, at, start = out + text[at : at + 1], at + 1, at + 1
                self._touched = False
                continue
            found += 1
            self._count()
            out += text[at:begin]
            if found >= command.which:
                out += _filled(command.replacement, match)
            else:
                out += text[begin:end]
            at = end
            self._touched = end > begin
            if found >= command.which and not command.everywhere:
                break
            if end > begin:
                start = end
            else:
                out, at = out + text[end : end + 1], end + 1
                start = end + 1
        if found < command.which:
            return
        self.pattern = out + text[at:]
        self.substituted = True
        for _time in range(command.prints):
            self._put(self.pattern)
        if command.text:
            self._to_file(command.text, self.pattern)

    _touched = False  # the last match of a substitution ended just here


class _WaitForMore(Exception):
    """n or N wants a line that has not come yet."""


NAMES = {"=": "equals"} | {letter: f"upper_{letter.lower()}" for letter in "DFGHNPQRW"}


def _filled(parts: list[Any], match: Any) -> str:
    """Returns a replacement with its groups and changes of case."""
    out: list[str] = []
    lasting = once = ""
    for part in parts:
        if isinstance(part, tuple):
            letter = part[0]
            if letter in "ul":
                once = letter
            else:
                lasting, once = ("" if letter == "E" else letter), ""
            continue
        text = (match.group(part) or "") if isinstance(part, int) else part
        text = {"U": text.upper(), "L": text.lower()}.get(lasting, text)
        if once and text:
            text = (text[0].upper() if once == "u" else text[0].lower()) + text[1:]
            once = ""
        out.append(text)
    return "".join(out)
