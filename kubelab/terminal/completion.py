"""Tab at the prompt: puts in what is certain, lists what is possible. Source: readline(3), complete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.terminal.shell.completing import Choices, complete, in_columns

if TYPE_CHECKING:
    from kubelab.terminal.shell.task import Task
    from kubelab.terminal.shell.tty import Tty

MANY = 100  # completions that are listed without asking


class TabCompletion:
    """Completes the line that is being typed.

    Args:
        tty: the terminal whose line it is.
    """

    def __init__(self, tty: Tty) -> None:
        self.tty = tty
        self._asked: list[str] | None = None  # what is listed when the answer is yes

    def press(self, shell: Task) -> None:
        """Takes Tab: once to complete, twice to list."""
        editor = self.tty.editor
        editor.completing = False
        choices = complete(shell, editor.text[: editor.cursor])
        if not choices.found:
            self.tty.bell()
        elif len(choices.found) == 1:
            self._put(choices)
        elif not self._advance(choices):
            if editor.tab < 2:
                self.tty.bell()
            else:
                self._list(in_columns(choices.labels(), self.tty.columns), len(choices.found))

    def _put(self, choices: Choices) -> None:
        """Puts in the only completion there is."""
        choice = choices.found[0]
        text = choices.replacement(choice.text, whole=choice.final)
        self._replace(choices, text + " " * choice.final)

    def _advance(self, choices: Choices) -> bool:
        """Puts in what all completions have in common; returns False when that is there already."""
        editor = self.tty.editor
        text = choices.replacement(choices.prefix, whole=False)
        typed = editor.text[choices.start : editor.cursor]
        if len(choices.prefix) == 0 or len(text) <= len(typed):
            return False
        self._replace(choices, text)
        return True

    def _replace(self, choices: Choices, text: str) -> None:
        editor = self.tty.editor
        end = editor.cursor
        if text.endswith(" ") and editor.text[end : end + 1] == " ":
            text = text[:-1]
        editor.replace(choices.start, end, text)
        editor.tab = 0
        self.tty.refresh()

    def _list(self, lines: list[str], count: int) -> None:
        if count > MANY:
            self._asked = lines
            self.tty.ask(f"Display all {count} possibilities? (y or n)")
        else:
            self.tty.show_below(lines)

    def answer(self, keys: str) -> str:
        """Takes the answer to "Display all possibilities?"; returns the keys that are left."""
        asked = self._asked
        if asked is None or not keys:
            return keys
        if keys[0] in "yY \t":
            self._asked = None
            self.tty.show_anew(asked)
        elif keys[0] in "nN\x7f\x03\x07":
            self._asked = None
            self.tty.show_anew([])
        else:
            self.tty.bell()
        return keys[1:]

    @property
    def asking(self) -> bool:
        """Whether an answer is waited for."""
        return self._asked is not None
