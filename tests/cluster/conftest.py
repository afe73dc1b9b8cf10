"""What the tests of the cluster's core share."""

import pytest

from tests.cluster.lab import Lab


@pytest.fixture
def lab() -> Lab:
    """A three-node cluster that is ready, with the administrator's way in."""
    return Lab()
