"""What the tests of nodes share."""

import pytest

from tests.node.lab import Lab


@pytest.fixture
def lab() -> Lab:
    return Lab()
