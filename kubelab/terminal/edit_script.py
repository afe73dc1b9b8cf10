"""The shortest way from one list of lines to another: which lines go, which come.

Source: Eugene W. Myers, An O(ND) Difference Algorithm and Its Variations; GNU diffutils' analyze.c for where runs of
changed lines come to lie when several places are as good.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

MOST = 600  # changed lines up to which the shortest script is looked for; beyond, what differs is one change


class Change(NamedTuple):
    """Lines that are replaced: `start` to `end` of the old ones by `new_start` to `new_end` of the new ones."""

    start: int
    end: int
    new_start: int
    new_end: int


def changes(old: Sequence[str], new: Sequence[str]) -> list[Change]:
    """Returns what differs, in order."""
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    before, after = old[head : len(old) - tail], new[head : len(new) - tail]
    gone, come = [False] * len(before), [False] * len(after)
    for kind, place in _script(before, after):
        (gone if kind == "-" else come)[place] = True
    _slide(before, gone, come)
    _slide(after, come, gone)
    return [Change(*(head + place for place in change)) for change in _runs(gone, come)]


def _script(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Yields which lines are deleted ("-") and inserted ("+"), the last first."""
    furthest, history = {1: 0}, list[dict[int, int]]()
    for steps in range(len(old) + len(new) + 1):
        if steps > MOST:
            yield from (("-", place) for place in range(len(old)))
            yield from (("+", place) for place in range(len(new)))
            return
        history.append(dict(furthest))
        for diagonal in range(-steps, steps + 1, 2):
            down = diagonal == -steps or (
                diagonal != steps and furthest.get(diagonal - 1, -1) < furthest.get(diagonal + 1, -1)
            )
            x = furthest[diagonal + 1] if down else furthest[diagonal - 1] + 1
            y = x - diagonal
            while x < len(old) and y < len(new) and old[x] == new[y]:
                x, y = x + 1, y + 1
            furthest[diagonal] = x
            if x >= len(old) and y >= len(new):
                yield from _back(history, len(old), len(new))
                return


def _back(history: list[dict[int, int]], x: int, y: int) -> Iterator[tuple[str, int]]:
    """Walks the found path from its end to its beginning."""
    for steps in range(len(history) - 1, 0, -1):
        furthest, diagonal = history[steps], x - y
        down = diagonal == -steps or (
            diagonal != steps and furthest.get(diagonal - 1, -1) < furthest.get(diagonal + 1, -1)
        )
        x = furthest[diagonal + 1 if down else diagonal - 1]
        y = x - (diagonal + 1 if down else diagonal - 1)
        yield ("+", y) if down else ("-", x)


def _slide(lines: Sequence[str], changed: list[bool], others: list[bool]) -> None:
    """Moves runs of changed lines: together where they meet, else to the end, or beside a change of the other side."""
    place = other = 0
    while True:
        while place < len(lines) and not changed[place]:
            while other < len(others) and others[other]:
                other += 1
            other += 1
            place += 1
        if place == len(lines):
            return
        start = place
        while place < len(lines) and changed[place]:
            place += 1
        while other < len(others) and others[other]:
            other += 1
        place, other = _settle(lines, changed, others, start, place, other)


def _settle(
    lines: Sequence[str], changed: list[bool], others: list[bool], start: int, end: int, other: int
) -> tuple[int, int]:
    """Finds the place of one run; returns its end, and the place on the other side."""
    while True:
        length = end - start
        while start and lines[start - 1] == lines[end - 1]:
            start, end = start - 1, end - 1
            changed[start], changed[end] = True, False
            while start and changed[start - 1]:
                start -= 1
            other -= 1
            while other > 0 and others[other - 1] and not (other < len(others) and others[other]):
                break
            while other < len(others) and others[other]:
                other -= 1
        beside = end if other > 0 and others[other - 1] else len(lines)
        while end < len(lines) and lines[start] == lines[end]:
            changed[start], changed[end] = False, True
            start, end = start + 1, end + 1
            while end < len(lines) and changed[end]:
                end += 1
            other += 1
            if other < len(others) and others[other]:
                while other < len(others) and others[other]:
                    other += 1
                beside = end
        if length == end - start:
            break
    while beside < end:
        start, end = start - 1, end - 1
        changed[start], changed[end] = True, False
        other -= 1
        while other < len(others) and others[other]:
            other -= 1
    return end, other


def _runs(gone: list[bool], come: list[bool]) -> Iterator[Change]:
    old = new = 0
    while old < len(gone) or new < len(come):
        start, new_start = old, new
        while old < len(gone) and gone[old]:
            old += 1
        while new < len(come) and come[new]:
            new += 1
        if (start, new_start) != (old, new):
            yield Change(start, old, new_start, new)
        old, new = old + 1, new + 1
