"""Edits a line as readline does in its Emacs mode: the text, the cursor, history, search, kill and yank.

Knows nothing of the screen: `screen.Screen` draws what `text` and `cursor` say. Source: readline(3).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from kubelab.terminal.shell.keys import PASTE_BEGINS, PASTE_ENDS, name_of

HISTORY = 500  # lines
RING = 10  # texts that were cut
UNDO = 100  # steps
LONGEST = 64 * 1024  # letters of a line


class LineEditor:
    """One line (or several, when they were pasted) being edited.

    Attributes:
        text, cursor: the line, and before which of its letters the cursor stands.
        accepted: the line is done: Enter.
        interrupted, ended: Ctrl-C; Ctrl-D on an empty line.
        bell: a key could do nothing.
        tab: Tab was pressed: 1, again without a change: 2.
        completing: Tab was pressed, and the session has not completed yet.
        search: the state of Ctrl-R, or None.
    """

    def __init__(self) -> None:
        self.history: list[str] = []
        self.text = ""
        self.cursor = 0
        self.accepted = self.interrupted = self.ended = self.bell = self.clear = False
        self.tab = 0
        self.completing = False
        self.search: dict[str, Any] | None = None
        self._place = 0  # in the history; its length: the line that is being written
        self._drafts: dict[int, str] = {}
        self._ring: list[str] = []
        self._undo: list[tuple[str, int]] = []
        self._last = ""  # the last command, for those that continue it
        self._pasting = False
        self._literal = False  # Ctrl-V: the next key stands for itself
        self._yanked: tuple[int, int] = (0, 0)
        self._argument = (0, 0, 0)  # of Alt-.: how far back, where it was put

    def begin(self) -> None:
        """Starts a new line."""
        self.text, self.cursor = "", 0
        self.accepted = self.interrupted = self.ended = self.clear = False
        self.tab = 0
        self.search = None
        self._place = len(self.history)
        self._drafts.clear()
        self._undo.clear()
        self._last = ""

    def remember(self, line: str) -> None:
        """Adds a line to the history, as HISTCONTROL=ignoreboth does."""
        if line.strip() and not line.startswith(" ") and (not self.history or self.history[-1] != line):
            self.history.append(line)
            del self.history[:-HISTORY]

    # keys

    def press(self, key: str) -> None:
        """Takes one key."""
        self.bell = False
        if self._pasting:
            self._paste(key)
            return
        if self._literal:
            self._literal = False
            self.insert(key)
            return
        if self.search is not None and self._search_key(key):
            return
        if len(key) == 1 and key >= " " and key != "\x7f":
            self.insert(key)
            self._last = "insert"
            self.tab = 0
            return
        if key == PASTE_BEGINS:
            self._pasting = True
            return
        name = name_of(key)
        act = _BINDINGS.get(name)
        if name != "tab":
            self.tab = 0
        if act is not None:
            act(self)
            self._last = name

    def _paste(self, key: str) -> None:
        if key == PASTE_ENDS:
            self._pasting = False
        elif len(key) == 1:
            self.insert("\n" if key == "\r" else key)

    def insert(self, text: str) -> None:
        """Puts text at the cursor."""
        if len(self.text) + len(text) > LONGEST:
            self.bell = True
            return
        if self._last != "insert":
            self._note()
        self.text = self.text[: self.cursor] + text + self.text[self.cursor :]
        self.cursor += len(text)

    def replace(self, start: int, end: int, text: str) -> None:
        """Puts text in place of a part of the line."""
        self._note()
        self.text = self.text[:start] + text + self.text[end:]
        self.cursor = start + len(text)

    def _note(self) -> None:
        self._undo.append((self.text, self.cursor))
        del self._undo[:-UNDO]

    # moving

    def left(self) -> None:
        """One letter back."""
        self.cursor = max(0, self.cursor - 1)

    def right(self) -> None:
        """One letter on."""
        self.cursor = min(len(self.text), self.cursor + 1)

    def home(self) -> None:
        """To the beginning."""
        self.cursor = 0

    def end(self) -> None:
        """To the end."""
        self.cursor = len(self.text)

    def word_left(self) -> None:
        """To the beginning of a word."""
        self.cursor = self._word_start()

    def word_right(self) -> None:
        """To the end of a word."""
        self.cursor = self._word_end()

    def _word_start(self) -> int:
        match = re.search(r"\w+\W*\Z", self.text[: self.cursor])
        return match.start() if match else 0

    def _word_end(self) -> int:
        match = re.compile(r"\W*\w+").match(self.text, self.cursor)
        return match.end() if match else len(self.text)

    # deleting

    def backspace(self) -> None:
        """Deletes the letter before the cursor."""
        if self.cursor:
            self.replace(self.cursor - 1, self.cursor, "")
        else:
            self.bell = True

    def delete(self) -> None:
        """Deletes the letter under the cursor."""
        if self.cursor < len(self.text):
            at = self.cursor
            self.replace(at, at + 1, "")
        else:
            self.bell = True

    def delete_or_end(self) -> None:
        """Ctrl-D: deletes a letter, or ends the input on an empty line."""
        if self.text:
            self.delete()
        else:
            self.ended = True

    def _kill(self, start: int, end: int, *, before: bool) -> None:
        """Cuts a part out; cuts in a row become one text."""
        cut = self.text[start:end]
        if not cut:
            return
        if self._last in _KILLS and self._ring:
            self._ring[-1] = cut + self._ring[-1] if before else self._ring[-1] + cut
        else:
            self._ring.append(cut)
            del self._ring[:-RING]
        self.replace(start, end, "")

    def kill_end(self) -> None:
        """Cuts to the end of the line."""
        self._kill(self.cursor, len(self.text), before=False)

    def kill_start(self) -> None:
        """Cuts to the beginning of the line."""
        self._kill(0, self.cursor, before=True)

    def kill_blank_word(self) -> None:
        """Ctrl-W: cuts back to a blank."""
        match = re.search(r"\S+\s*\Z", self.text[: self.cursor])
        self._kill(match.start() if match else 0, self.cursor, before=True)

    def kill_word_left(self) -> None:
        """Alt-Backspace: cuts back to the beginning of a word."""
        self._kill(self._word_start(), self.cursor, before=True)

    def kill_word_right(self) -> None:
        """Alt-D: cuts to the end of a word."""
        self._kill(self.cursor, self._word_end(), before=False)

    def yank(self) -> None:
        """Puts back what was cut last."""
        if self._ring:
            start = self.cursor
            self._note()
            self._last = "insert"
            self.insert(self._ring[-1])
            self._yanked = (start, self.cursor)

    def yank_pop(self) -> None:
        """Alt-Y: puts what was cut before in its place."""
        if self._last in ("ctrl-y", "alt-y") and len(self._ring) > 1:
            self._ring.insert(0, self._ring.pop())
            start, end = self._yanked
            self.replace(start, end, self._ring[-1])
            self._yanked = (start, self.cursor)

    def undo(self) -> None:
        """Takes the last change back."""
        if self._undo:
            self.text, self.cursor = self._undo.pop()
        else:
            self.bell = True

    # changing

    def transpose(self) -> None:
        """Ctrl-T: swaps two letters."""
        at = min(self.cursor, len(self.text) - 1)
        if at < 1 or len(self.text) < 2:
            self.bell = True
            return
        self.replace(at - 1, at + 1, self.text[at] + self.text[at - 1])

    def _case(self, change: Callable[[str], str]) -> None:
        end = self._word_end()
        self.replace(self.cursor, end, change(self.text[self.cursor : end]))

    def upper(self) -> None:
        """Alt-U."""
        self._case(str.upper)

    def lower(self) -> None:
        """Alt-L."""
        self._case(str.lower)

    def capital(self) -> None:
        """Alt-C."""
        self._case(str.title)

    def literal(self) -> None:
        """Ctrl-V: the next key stands for itself."""
        self._literal = True

    def comment(self) -> None:
        """Alt-#: makes the line a comment and ends it."""
        self.replace(0, 0, "#")
        self.accept()

    # the line as a whole

    def accept(self) -> None:
        """Enter."""
        self.cursor = len(self.text)
        self.accepted = True

    def interrupt(self) -> None:
        """Ctrl-C."""
        self.interrupted = True

    def clear_screen(self) -> None:
        """Ctrl-L."""
        self.clear = True

    def complete(self) -> None:
        """Tab."""
        self.tab = 2 if self._last == "tab" and self.tab else 1
        self.completing = True

    # history

    def _go(self, place: int) -> None:
        if not 0 <= place <= len(self.history) or place == self._place:
            self.bell = True
            return
        self._drafts[self._place] = self.text
        self._place = place
        line = self._drafts.get(place)
        self.text = line if line is not None else self.history[place] if place < len(self.history) else ""
        self.cursor = len(self.text)
        self._undo.clear()

    def previous(self) -> None:
        """The line before."""
        self._go(self._place - 1)

    def following(self) -> None:
        """The line after."""
        self._go(self._place + 1)

    def first(self) -> None:
        """The oldest line."""
        self._go(0)

    def last(self) -> None:
        """The line that is being written."""
        self._go(len(self.history))

    def last_argument(self) -> None:
        """Alt-.: the last word of an earlier line."""
        again = self._last in ("alt-.", "alt-_")
        back, start, end = self._argument if again else (0, self.cursor, self.cursor)
        back += 1
        if back > len(self.history):
            self.bell = True
            return
        words = self.history[-back].split()
        word = words[-1] if words else ""
        self.replace(start, end, word)
        self._argument = (back, start, self.cursor)

    # searching

    def search_back(self) -> None:
        """Ctrl-R."""
        self.search = {
            "query": "",
            "place": len(self.history),
            "text": self.text,
            "cursor": self.cursor,
            "failed": False,
        }

    def _search_key(self, key: str) -> bool:
        """Takes a key during a search; returns False when the search is over and the key is an ordinary one."""
        search = self.search
        if search is None:
            return False
        name = name_of(key)
        if name == "ctrl-r":
            self._find(search["place"] - 1)
        elif name == "ctrl-s":
            self._find_on(search["place"] + 1)
        elif name == "backspace":
            search["query"] = search["query"][:-1]
            self._find(len(self.history) - 1)
        elif name in ("ctrl-g", "ctrl-c"):
            self.text, self.cursor, self.search = search["text"], search["cursor"], None
            if name == "ctrl-c":
                self.interrupted = True
        elif len(key) == 1 and key >= " ":
            search["query"] += key
            self._find(min(search["place"], len(self.history) - 1))
        else:
            self.search = None
            self._place = search["place"]
            return name == "escape"
        return True

    def _find(self, start: int) -> None:
        self._found(range(start, -1, -1))

    def _find_on(self, start: int) -> None:
        self._found(range(start, len(self.history)))

    def _found(self, places: range) -> None:
        search = self.search
        if search is None:
            return
        query = search["query"]
        for place in places:
            at = self.history[place].rfind(query)
            if query and at >= 0:
                search["place"], search["failed"] = place, False
                self.text, self.cursor = self.history[place], at
                return
        search["failed"] = bool(query)
        self.bell = bool(query)

    def end_of_history(self) -> None:
        """Stands behind the newest line, after the history was put in."""
        self._place = len(self.history)

    # keeping

    def saved(self) -> dict[str, Any]:
        """Returns what is kept of it: the line and the kill ring (the history has its file)."""
        kept: dict[str, Any] = {"text": self.text, "cursor": self.cursor}
        if self._ring:
            kept["ring"] = self._ring
        return kept

    def restore(self, kept: dict[str, Any]) -> None:
        """Takes back what `saved` gave."""
        self.text, self.cursor = kept["text"], kept["cursor"]
        self._ring = list(kept.get("ring", ()))


_KILLS = frozenset(("ctrl-k", "ctrl-u", "ctrl-w", "alt-d", "alt-backspace"))
_BINDINGS: dict[str, Callable[[LineEditor], None]] = {
    "left": LineEditor.left,
    "ctrl-b": LineEditor.left,
    "right": LineEditor.right,
    "ctrl-f": LineEditor.right,
    "home": LineEditor.home,
    "ctrl-a": LineEditor.home,
    "end": LineEditor.end,
    "ctrl-e": LineEditor.end,
    "alt-b": LineEditor.word_left,
    "alt-f": LineEditor.word_right,
    "backspace": LineEditor.backspace,
    "delete": LineEditor.delete,
    "ctrl-d": LineEditor.delete_or_end,
    "ctrl-k": LineEditor.kill_end,
    "ctrl-u": LineEditor.kill_start,
    "ctrl-w": LineEditor.kill_blank_word,
    "alt-backspace": LineEditor.kill_word_left,
    "alt-d": LineEditor.kill_word_right,
    "ctrl-y": LineEditor.yank,
    "alt-y": LineEditor.yank_pop,
    "ctrl-_": LineEditor.undo,
    "ctrl-t": LineEditor.transpose,
    "alt-u": LineEditor.upper,
    "alt-l": LineEditor.lower,
    "alt-c": LineEditor.capital,
    "ctrl-v": LineEditor.literal,
    "alt-#": LineEditor.comment,
    "enter": LineEditor.accept,
    "ctrl-o": LineEditor.accept,
    "ctrl-c": LineEditor.interrupt,
    "ctrl-l": LineEditor.clear_screen,
    "tab": LineEditor.complete,
    "up": LineEditor.previous,
    "ctrl-p": LineEditor.previous,
    "down": LineEditor.following,
    "ctrl-n": LineEditor.following,
    "alt-<": LineEditor.first,
    "alt->": LineEditor.last,
    "alt-.": LineEditor.last_argument,
    "alt-_": LineEditor.last_argument,
    "ctrl-r": LineEditor.search_back,
}
