"""Cuts what a terminal sends into keys: letters, control letters and escape sequences."""

from __future__ import annotations

import re

_CSI = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|O[A-Za-z]|.)", re.S)
_UNFINISHED = re.compile(r"\x1b(?:\[[0-9;?]*)?\Z|\x1bO\Z")
PASTE_BEGINS, PASTE_ENDS = "\x1b[200~", "\x1b[201~"

# Sequences of xterm by the names that bindings use.
NAMES = {
    "\x1b[A": "up", "\x1bOA": "up", "\x1b[B": "down", "\x1bOB": "down", "\x1b[C": "right", "\x1bOC": "right",
    "\x1b[D": "left", "\x1bOD": "left", "\x1b[H": "home", "\x1bOH": "home", "\x1b[1~": "home", "\x1b[7~": "home",
    "\x1b[F": "end", "\x1bOF": "end", "\x1b[4~": "end", "\x1b[8~": "end", "\x1b[3~": "delete", "\x1b[2~": "insert",
    "\x1b[5~": "pageup", "\x1b[6~": "pagedown", "\x1b[1;5C": "alt-f", "\x1b[1;5D": "alt-b", "\x1b[1;3C": "alt-f",
    "\x1b[1;3D": "alt-b", "\x1b[3;5~": "alt-d", "\x1b[3;3~": "alt-d", "\x7f": "backspace", "\x08": "backspace",
    "\r": "enter", "\n": "enter", "\t": "tab", "\x1b\x7f": "alt-backspace", "\x1b\x08": "alt-backspace",
    "\x1b[Z": "backtab",
}  # fmt: skip


def cut(text: str) -> tuple[list[str], str]:
    """Returns the keys in what was sent, and the beginning of a sequence that is not whole yet."""
    if text.isprintable():
        return list(text), ""
    keys: list[str] = []
    at = 0
    while at < len(text):
        if text[at] != "\x1b":
            keys.append(text[at])
            at += 1
            continue
        if _UNFINISHED.match(text, at):
            return keys, text[at:]
        match = _CSI.match(text, at)
        sequence = match.group() if match else text[at]
        keys.append(sequence)
        at += len(sequence)
    return keys, ""


def name_of(key: str) -> str:
    """Returns a key's name: "up", "ctrl-a", "alt-b"; a letter is its own name, an unknown sequence has none."""
    if len(key) == 1:
        if key in NAMES:
            return NAMES[key]
        return "ctrl-" + chr(ord(key) + 96) if "\x01" <= key <= "\x1a" else _CONTROL.get(key, key)
    if key in NAMES:
        return NAMES[key]
    if len(key) == 2 and key[0] == "\x1b":
        return "alt-" + key[1].lower()
    return ""


_CONTROL = {"\x1b": "escape", "\x1f": "ctrl-_", "\x1c": "ctrl-\\", "\x1d": "ctrl-]", "\x1e": "ctrl-^", "\0": "ctrl-@"}
