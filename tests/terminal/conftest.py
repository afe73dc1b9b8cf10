import pytest

from tests.terminal.seen import Seen


@pytest.fixture
def seen(console) -> Seen:
    """A terminal on a cluster in memory, with what is to be seen of it."""
    return Seen(console)
