"""What the tests of the cluster's core share."""

from collections.abc import Iterator

import pytest

from tests.cluster.lab import Lab
from tests.guard import watched_stores


@pytest.fixture(autouse=True)
def nobody_changes_what_is_stored() -> Iterator[None]:
    """Every test here fails when a stored object is changed in place."""
    with watched_stores():
        yield


@pytest.fixture
def lab() -> Lab:
    """A three-node cluster that is ready, with the administrator's way in."""
    return Lab()
