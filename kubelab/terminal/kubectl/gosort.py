"""The order in which Go's sort.Sort leaves what compares equal: pattern-defeating quicksort, as since Go 1.19.

It is not stable, and which of several events of the same second stands first is seen by everybody who sorts by time.
What scatters elements to break a pattern draws other numbers since Go 1.24, with which kubectl is built from 1.33 on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeVar

T = TypeVar("T")
SHORT = 12  # up to here insertion sort is used, which is stable
_NINTHER = 50
_MOST_SWAPS = 12
_SHIFTS = 5
_DRAWS = (13, 17, 5)  # by how many bits the xorshift generator shifts
_DRAWS_SINCE_1_33 = (13, 7, 17)


def go_sorted(items: Iterable[T], less: Callable[[T, T], bool], minor: int) -> list[T]:
    """Returns the items as sort.Sort leaves them in a kubectl of this minor version."""
    found = list(items)
    _Sorter(found, less, _DRAWS if minor < 33 else _DRAWS_SINCE_1_33).sort(0, len(found), len(found).bit_length())
    return found


def go_sorted_by(items: Iterable[T], key: Callable[[T], Any], minor: int) -> list[T]:
    """Returns the items sorted by a key, as sort.Sort leaves them in a kubectl of this minor version."""
    keyed = [(key(item), item) for item in items]
    return [item for _, item in go_sorted(keyed, lambda first, second: bool(first[0] < second[0]), minor)]


class _Sorter(Generic[T]):
    def __init__(self, data: list[T], less: Callable[[T, T], bool], draws: tuple[int, int, int]) -> None:
        self._data = data
        self._compare = less
        self._draws = draws
        self._swaps = 0

    def _less(self, first: int, second: int) -> bool:
        return self._compare(self._data[first], self._data[second])

    def _swap(self, first: int, second: int) -> None:
        data = self._data
        data[first], data[second] = data[second], data[first]

    def sort(self, start: int, end: int, limit: int) -> None:
        balanced = partitioned = True
        while True:
            length = end - start
            if length <= SHORT:
                return self._insertion(start, end)
            if not limit:
                return self._heap(start, end)
            if not balanced:
                self._break_patterns(start, end)
                limit -= 1
            pivot, hint = self._pivot(start, end)
            if hint == "decreasing":
                self._data[start:end] = self._data[start:end][::-1]
                pivot, hint = end - 1 - (pivot - start), "increasing"
            if balanced and partitioned and hint == "increasing" and self._nearly_sorted(start, end):
                return None
            if start > 0 and not self._less(start - 1, pivot):
                start = self._partition_equal(start, end, pivot)
                continue
            middle, partitioned = self._partition(start, end, pivot)
            left, right = middle - start, end - middle
            balanced = min(left, right) >= length // 8
            if left < right:
                self.sort(start, middle, limit)
                start = middle + 1
            else:
                self.sort(middle + 1, end, limit)
                end = middle

    def _insertion(self, start: int, end: int) -> None:
        for at in range(start + 1, end):
            self._sink(at, start)

    def _sink(self, at: int, first: int) -> None:
        while at > first and self._less(at, at - 1):
            self._swap(at, at - 1)
            at -= 1

    def _heap(self, start: int, end: int) -> None:
        length = end - start
        for root in range((length - 1) // 2, -1, -1):
            self._sift_down(root, length, start)
        for last in range(length - 1, -1, -1):
            self._swap(start, start + last)
            self._sift_down(0, last, start)

    def _sift_down(self, root: int, length: int, start: int) -> None:
        while (child := 2 * root + 1) < length:
            if child + 1 < length and self._less(start + child, start + child + 1):
                child += 1
            if not self._less(start + root, start + child):
                return
            self._swap(start + root, start + child)
            root = child

    def _break_patterns(self, start: int, end: int) -> None:
        length = end - start
        state, modulus = length, 1 << length.bit_length()
        left, right, left_again = self._draws
        first = start + length // 4 * 2 - 1
        for place in range(3):
            state ^= state << left & 0xFFFFFFFFFFFFFFFF
            state ^= state >> right
            state ^= state << left_again & 0xFFFFFFFFFFFFFFFF
            other = state & (modulus - 1)
            self._swap(first + place, start + (other - length if other >= length else other))

    def _pivot(self, start: int, end: int) -> tuple[int, str]:
        quarter = (end - start) // 4
        places = [start + quarter, start + quarter * 2, start + quarter * 3]
        self._swaps = 0
        if end - start >= _NINTHER:
            places = [self._median(place - 1, place, place + 1) for place in places]
        middle = self._median(*places)
        hint = "increasing" if not self._swaps else "decreasing" if self._swaps == _MOST_SWAPS else ""
        return middle, hint

    def _median(self, a: int, b: int, c: int) -> int:
        a, b = self._ordered(a, b)
        b, c = self._ordered(b, c)
        return self._ordered(a, b)[1]

    def _ordered(self, a: int, b: int) -> tuple[int, int]:
        if self._less(b, a):
            self._swaps += 1
            return b, a
        return a, b

    def _nearly_sorted(self, start: int, end: int) -> bool:
        at = start + 1
        for _ in range(_SHIFTS):
            while at < end and not self._less(at, at - 1):
                at += 1
            if at == end:
                return True
            if end - start < _NINTHER:
                return False
            self._swap(at, at - 1)
            if at - start >= 2:
                self._sink(at - 1, 0)
            if end - at >= 2:
                self._rise(at + 1, end)
        return False

    def _rise(self, at: int, end: int) -> None:
        while at < end and self._less(at, at - 1):
            self._swap(at, at - 1)
            at += 1

    def _partition_equal(self, start: int, end: int, pivot: int) -> int:
        self._swap(start, pivot)
        low, high = start + 1, end - 1
        while True:
            while low <= high and not self._less(start, low):
                low += 1
            while low <= high and self._less(start, high):
                high -= 1
            if low > high:
                return low
            self._swap(low, high)
            low, high = low + 1, high - 1

    def _partition(self, start: int, end: int, pivot: int) -> tuple[int, bool]:
        self._swap(start, pivot)
        low, high = start + 1, end - 1
        swapped = False
        while True:
            while low <= high and self._less(low, start):
                low += 1
            while low <= high and not self._less(high, start):
                high -= 1
            if low > high:
                self._swap(high, start)
                return high, not swapped
            self._swap(low, high)
            low, high, swapped = low + 1, high - 1, True
