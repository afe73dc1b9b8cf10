"""People for the stories of this folder."""

import pytest
from django.core.cache import cache

from kubelab.accounts.models import User

PASSWORD = "analytical-engine"


@pytest.fixture
def ada(db) -> User:
    """A member."""
    return User.objects.create_user("ada", "ada@example.org", PASSWORD)


@pytest.fixture
def guest(client, db) -> User:
    """A guest whose cookie `client` holds."""
    guest = User.objects.create_guest()
    client.force_login(guest)
    return guest


@pytest.fixture(autouse=True)
def nobody_has_tried_yet():
    cache.clear()
