"""A terminal as the processes on it see it: the line editor at the prompt, whole lines for others, raw keys for some.

What the page's terminal sends comes in by `feed`; what it is to show goes out by `take_output`. Sources: termios(3),
readline(3).
"""

from __future__ import annotations

from typing import Any

from kubelab.terminal.shell.editor import LineEditor
from kubelab.terminal.shell.keys import cut, name_of
from kubelab.terminal.shell.screen import Screen, text_width
from kubelab.terminal.shell.streams import Pipe

TYPED = 64 * 1024  # letters that may be typed ahead
COMMANDS = 100  # typed commands that are kept with their exit status
PASTE_ON, PASTE_OFF = "\x1b[?2004h", "\x1b[?2004l"
BELL = "\a"


class Tty:
    """A terminal.

    Args:
        columns, rows: its size in letters and lines.
    """

    def __init__(self, columns: int = 80, rows: int = 24) -> None:
        self.columns = columns
        self.rows = rows
        self.editor = LineEditor()
        self.screen = Screen(columns)
        self.raw = False
        self.echo = True
        self.editing = False  # the editor has the keys
        self.plain = False  # pastes are not marked
        self.prompt = ""
        self.edited: bool | None = None  # the page's editor was closed, and whether the file was saved
        self.input = Pipe()  # lines for those who read standard input
        self.ends = 0  # Ctrl-D presses that a reader has not seen
        self.signals: list[str] = []  # Ctrl-C and its like, for the kernel
        self.commands: list[tuple[str, int]] = []  # the last that were typed at a prompt and have ended
        self.ended_commands = 0  # how many there have been
        self._begun: dict[str, str] = {}  # by shell, those that have not ended
        self._line: str | None = None
        self._partial = ""  # the line that is being typed without the editor
        self._keys = ""
        self._unfinished = ""  # the beginning of an escape sequence
        self._out: list[str] = []

    # output

    def write(self, text: str) -> None:
        """Shows text; a newline also returns to the first column."""
        if "\r" in text:
            text = text.replace("\r\n", "\n")  # from a terminal further away (kubectl exec -it)
        self._out.append(text.replace("\n", "\r\n"))

    def show(self, text: str) -> None:
        """Shows text as it is."""
        if text:
            self._out.append(text)

    def take_output(self) -> str:
        """Returns what is to be shown and was not yet taken."""
        text = "".join(self._out)
        self._out.clear()
        return text

    # the prompt

    def begin_line(self, prompt: str, *, plain: bool = False) -> None:
        """Shows a prompt and gives the keys to the editor; what was typed ahead goes into it.

        Args:
            plain: the shell's own editor does not ask the terminal to mark what is pasted (ash).
        """
        self.editing = True
        self.plain = plain
        self.prompt = prompt
        self.editor.begin()
        self.screen.columns = self.columns
        self.show(("" if plain else PASTE_ON) + self.screen.begin(prompt))
        ahead = self.input.buffer.some() + self._partial
        self._partial = ""
        if ahead:
            self._unfinished = ""
            rest = self.feed_editor(ahead.replace("\n", "\r"))
            if rest:
                self.input.buffer.unread(rest.replace("\r", "\n"))

    def has_line(self) -> bool:
        """Tells whether a line was finished (or the input ended, or was interrupted)."""
        return self._line is not None or not self.editing

    def take_line(self) -> str | None:
        """Takes the finished line with its newline; "" at the end of the input; None when there is none."""
        line, self._line = self._line, None
        return line

    def feed_editor(self, keys: str) -> str:
        """Gives keys to the editor until a line is done; returns those that are left."""
        pressed, self._unfinished = cut(self._unfinished + keys)
        for index, key in enumerate(pressed):
            self.editor.press(key)
            if self.editor.accepted or self.editor.interrupted or self.editor.ended:
                self._finish_line()
                return "".join(pressed[index + 1 :])
            if self.editor.completing or self.editor.clear:
                self.refresh()
                return "".join(pressed[index + 1 :])
        self.refresh()
        return ""

    def command_begins(self, shell: str, line: str) -> None:
        """Takes note of a command that was typed at a shell's prompt."""
        self._begun[shell] = line

    def command_ends(self, shell: str, status: int) -> None:
        """Takes note of its end: the shell asks for the next one."""
        line = self._begun.pop(shell, None)
        if line is not None:
            self.commands = [*self.commands[1 - COMMANDS :], (line, status)]
            self.ended_commands += 1

    def refresh(self) -> None:
        """Draws the line as the editor has it."""
        editor = self.editor
        if editor.clear:
            editor.clear = False
            self.show(self.screen.redraw(clear=True))
        search = editor.search
        if search is not None:
            failed = "failed " if search["failed"] else ""
            prompt = f"({failed}reverse-i-search)`{search['query']}': "
            self._change_prompt(prompt)
        elif self.screen.prompt != self.prompt.rpartition("\n")[2]:
            self._change_prompt(self.prompt)
        self.show(self.screen.draw(editor.text, editor.cursor))
        if editor.bell:
            editor.bell = False
            self.show(BELL)

    def _change_prompt(self, prompt: str) -> None:
        last = prompt.rpartition("\n")[2]
        if self.screen.prompt == last:
            return
        text, cursor = self.screen.text, self.screen.cursor
        out = self.screen.redraw()  # to know where it begins
        row = self.screen._place(cursor).row
        out = (f"\x1b[{row}A" if row else "") + "\r\x1b[J"
        self.show(out + self.screen.begin(last))
        self.screen.text, self.screen.cursor = "", 0
        self.show(self.screen.draw(text, cursor))

    def show_below(self, lines: list[str]) -> None:
        """Shows lines below the one that is being edited, and the prompt with it again below them."""
        self.show(self.screen.finish())
        self.show_anew(lines)

    def ask(self, question: str) -> None:
        """Asks something below the line that is being edited."""
        self.show(self.screen.finish() + "\r\n" + question)

    def bell(self) -> None:
        """Tells that a key could do nothing."""
        self.show(BELL)

    def show_anew(self, lines: list[str]) -> None:
        """Shows lines, and below them the line that is being edited."""
        self.show("\r\n")
        for line in lines:
            self.show(line + "\r\n")
        text, cursor = self.editor.text, self.editor.cursor
        self.show(self.screen.begin(self.prompt.rpartition("\n")[2]) + self.screen.draw(text, cursor))

    def _finish_line(self) -> None:
        editor = self.editor
        if editor.search is not None:
            editor.search = None
        self.refresh()
        self.show(self.screen.finish())
        self.editing = False
        off = "" if self.plain else PASTE_OFF
        if editor.interrupted:
            self.show(off + "^C\r\n")
            self._line = "\x03"
        elif editor.ended:
            self.show(off)
            self._line = ""
        else:
            self.show("\r\n" + off)
            self._line = editor.text + "\n"

    # keys

    def feed(self, keys: str) -> str:
        """Takes keys; returns those that are left after one that finished a line or has to be acted upon."""
        if self.raw:
            self._keys = (self._keys + keys)[-TYPED:]
            return ""
        if self.editing:
            return self.feed_editor(keys)
        pressed, self._unfinished = cut(self._unfinished + keys)
        for index, key in enumerate(pressed):
            if self._cooked(key):
                return "".join(pressed[index + 1 :])
        return ""

    def _cooked(self, key: str) -> bool:
        """Takes a key for a program that reads lines; returns True when others should run before the next key."""
        name = name_of(key)
        signal = {"ctrl-c": "INT", "ctrl-\\": "QUIT", "ctrl-z": "TSTP"}.get(name)
        if signal is not None:
            self._partial = ""
            self.input.buffer.some()
            self.show("^" + chr(ord(key) + 64) + "\r\n")
            self.signals.append(signal)
            return True
        if name == "enter":
            self._echo("\r\n")
            self.input.buffer.write(self._partial + "\n")
            self._partial = ""
            return True
        if name == "ctrl-d":
            if self._partial:
                self.input.buffer.write(self._partial)
            else:
                self.ends += 1
            self._partial = ""
            return True
        if name in ("backspace", "ctrl-u", "ctrl-w"):
            self._erase(name)
        elif len(self._partial) < TYPED:
            self._partial += key
            self._echo(key if key.isprintable() else "".join(c if c >= " " else "^" + chr(ord(c) ^ 64) for c in key))
        return False

    def _echo(self, text: str) -> None:
        if self.echo:
            self.show(text)

    def _erase(self, name: str) -> None:
        left = ""
        if name == "backspace":
            left = self._partial[:-1]
        elif name == "ctrl-w":
            left = self._partial.rstrip().rpartition(" ")[0]
            left += " " if left else ""
        gone = text_width(self._partial[len(left) :])
        self._partial = left
        self._echo("\b \b" * gone)

    def has_keys(self) -> bool:
        """Tells whether keys wait for a program that reads them raw."""
        return bool(self._keys)

    def take_keys(self) -> str:
        """Takes the keys that wait for a program that reads them raw."""
        keys, self._keys = self._keys, ""
        return keys

    def take_edited(self) -> bool:
        """Takes the answer of the page's editor."""
        edited, self.edited = self.edited, None
        return bool(edited)

    def resize(self, columns: int, rows: int) -> None:
        """Takes note of another size."""
        if columns == self.columns and rows == self.rows:
            return
        self.columns, self.rows = columns, rows
        if self.editing:
            self.show(self.screen.redraw(columns))
        else:
            self.screen.columns = columns

    def reset(self) -> None:
        """Brings it back to what it was when the first program started, but for its size and its history."""
        self.raw, self.echo, self.editing = False, True, False
        self.ends, self._line, self.edited = 0, None, None
        self.signals.clear()

    # keeping

    def saved(self) -> dict[str, Any]:
        """Returns it as JSON."""
        kept: dict[str, Any] = {"columns": self.columns, "rows": self.rows, "editor": self.editor.saved()}
        for name in ("raw", "editing", "plain", "prompt", "ends", "_partial", "_keys", "_unfinished", "_line"):
            value = getattr(self, name)
            if value:
                kept[name] = value
        if not self.echo:
            kept["echo"] = False
        typed = self.input.buffer.peek()
        if typed:
            kept["typed"] = typed
        if self.ended_commands or self._begun:
            kept["commands"] = [self.commands, self.ended_commands, self._begun]
        return kept

    @classmethod
    def restored(cls, kept: dict[str, Any]) -> Tty:
        """Makes a terminal of what `saved` gave."""
        tty = cls(kept["columns"], kept["rows"])
        tty.editor.begin()
        tty.editor.restore(kept["editor"])
        for name in ("raw", "editing", "plain", "prompt", "ends", "_partial", "_keys", "_unfinished", "_line"):
            if name in kept:
                setattr(tty, name, kept[name])
        tty.echo = kept.get("echo", True)
        tty.input.buffer.write(kept.get("typed", ""))
        commands, tty.ended_commands, begun = kept.get("commands", ((), 0, {}))
        tty.commands, tty._begun = [(line, status) for line, status in commands], dict(begun)
        if tty.editing:
            tty.screen.begin(tty.prompt)
            tty.screen.draw(tty.editor.text, tty.editor.cursor)
        return tty
