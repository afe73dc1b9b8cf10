"""What somebody who sits before a terminal sees: the letters on the screen, as xterm would have drawn them."""

import re

from tests.console import Console

TOKEN = re.compile(r"\x1b\[([?\d;]*)([A-Za-z])|([\r\n\b\a])|([^\x1b\r\n\b\a]+)|\x1b")


class Seen:
    """A terminal of a console with its screen.

    Args:
        console: whose terminal; a new cluster's if it is left out.
    """

    def __init__(self, console: Console | None = None, columns: int = 80, rows: int = 24) -> None:
        self.console = console or Console()
        self.columns, self.rows = columns, rows
        self.terminal = self.console.terminal(columns, rows)
        self.cells: list[list[str]] = [[]]
        self.row = self.column = self.bells = 0
        self.other: list[list[str]] | None = None  # the screen that a full-screen program has covered
        self._look()

    def type(self, keys: str) -> "Seen":
        """Press keys."""
        self.terminal.feed(keys)
        return self._look()

    def enter(self, line: str) -> str:
        """Type a line and Enter; returns what is on the screen between it and the next prompt."""
        self.type(line)
        before = len(self.lines)
        self.type("\r")
        return "\n".join(self.lines[before : None if self.terminal.running else -1])

    def advance(self, seconds: float) -> "Seen":
        """Let virtual seconds pass."""
        self.console.advance(seconds)
        self.terminal.poll()
        return self._look()

    def restart(self) -> "Seen":
        """Lose the process: all that is left is the state."""
        import json

        from kubelab.terminal.session import Terminal

        state = json.loads(json.dumps(self.terminal.state()))
        self.terminal = Terminal(self.console.cluster, state, self.columns, self.rows)
        return self._look()

    @property
    def lines(self) -> list[str]:
        """The lines on the screen and above it."""
        return ["".join(row).rstrip() for row in self.cells]

    @property
    def last(self) -> str:
        """The line that the cursor is in, up to its end."""
        return "".join(self.cells[self.row]).rstrip()

    @property
    def before_cursor(self) -> str:
        """The line that the cursor is in, up to the cursor."""
        return "".join(self.cells[self.row][: self.column])

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    # drawing

    def _look(self) -> "Seen":
        for match in TOKEN.finditer(self.terminal.output()):
            parameters, command, control, letters = match.groups()
            if command:
                self._command(parameters, command)
            elif control:
                self._control(control)
            else:
                for letter in letters or "":
                    self._put(letter)
        return self

    def _put(self, letter: str) -> None:
        if self.column >= self.columns:
            self._move(self.row + 1)
            self.column = 0
        row = self.cells[self.row]
        row.extend(" " * (self.column + 1 - len(row)))
        row[self.column] = letter
        self.column += 1

    def _move(self, row: int) -> None:
        self.row = max(0, row)
        while len(self.cells) <= self.row:
            self.cells.append([])

    def _control(self, control: str) -> None:
        if control == "\n":
            self._move(self.row + 1)
        elif control == "\r":
            self.column = 0
        elif control == "\b":
            self.column = max(0, self.column - 1)
        else:
            self.bells += 1

    def _command(self, parameters: str, command: str) -> None:
        number = int(parameters) if parameters.isdigit() else 0
        if command == "A":
            self._move(self.row - (number or 1))
        elif command == "B":
            self._move(self.row + (number or 1))
        elif command == "G":
            self.column = (number or 1) - 1
        elif command == "H":
            self.row, self.column = max(0, len(self.cells) - self.rows) if self.other is None else 0, 0
        elif command == "J" and number == 2:
            self.cells, self.row, self.column = [[]], 0, 0
        elif command == "J":
            del self.cells[self.row][self.column :]
            del self.cells[self.row + 1 :]
        elif command == "K":
            del self.cells[self.row][self.column :]
        elif parameters == "?1049" and command == "h":
            self.other, self.cells, self.row, self.column = self.cells, [[]], 0, 0
        elif parameters == "?1049" and command == "l" and self.other is not None:
            self.cells, self.other = self.other, None
            self.row, self.column = len(self.cells) - 1, len(self.cells[-1])
