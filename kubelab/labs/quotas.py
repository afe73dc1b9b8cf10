"""What one learner may ask of the server. Each bound has its message; none is met in ordinary work."""

import time

LONGEST_MESSAGE = 1_048_576  # bytes of one message: the API server's own limit for an object is 1.5 MB
LONGEST_PASTE = 64 * 1024  # letters of keys that wait for the terminal
MESSAGES_A_SECOND = 60.0  # in the long run; a key held down makes 30
MESSAGES_AT_ONCE = 300.0
MOST_WAITING = 500  # messages of a page that wait to be done

TOO_LONG = "That is more than a message may hold (1 MiB)."
TOO_MANY = "Too many messages at once; some were left out."
TOO_MUCH_PASTED = "The terminal has not read what was typed before; the rest of the paste was left out."


class Allowance:
    """A bucket of messages that fills as time passes.

    Args:
        rate: messages a second in the long run.
        size: messages at once.
    """

    def __init__(self, rate: float = MESSAGES_A_SECOND, size: float = MESSAGES_AT_ONCE) -> None:
        self._rate, self._size = rate, size
        self._left, self._at = size, time.monotonic()

    def take(self) -> bool:
        """Use one; False when there is none."""
        now = time.monotonic()
        self._left = min(self._size, self._left + (now - self._at) * self._rate)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
