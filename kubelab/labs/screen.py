"""What the terminal has printed, kept so that every page of the lab shows the same, also one that comes later."""

from collections import deque
from threading import Lock

KEPT = 128 * 1024  # letters; a page that is further behind is painted anew
NOWHERE = -1  # the position of a page that shows nothing yet


class Screen:
    """The last of a terminal's output. Positions count letters from the beginning."""

    def __init__(self) -> None:
        self._chunks: deque[str] = deque()
        self._start = 0
        self._lock = Lock()
        self.end = 0

    def write(self, text: str) -> None:
        """Add output."""
        if not text:
            return
        with self._lock:
            self._chunks.append(text)
            self.end += len(text)
            while self.end - self._start > KEPT and len(self._chunks) > 1:
                self._start += len(self._chunks.popleft())

    def since(self, position: int) -> tuple[str, int, bool]:
        """Return what was printed after a position, the position after it, and whether to forget what is shown."""
        with self._lock:
            anew = not self._start <= position <= self.end
            wanted = self.end - (self._start if anew else position)
            chunks, length = list[str](), 0
            for chunk in reversed(self._chunks):
                if length >= wanted:
                    break
                chunks.append(chunk)
                length += len(chunk)
            return "".join(reversed(chunks))[length - wanted :], self.end, anew

    def tail(self, length: int) -> str:
        """Return the last letters, from the beginning of a line on."""
        text = self.since(max(self._start, self.end - length))[0]
        return text if len(text) < length else text.partition("\n")[2]

    def clear(self) -> None:
        """Forget all: every page paints anew."""
        with self._lock:
            self._chunks.clear()
            self.end += 1
            self._start = self.end
