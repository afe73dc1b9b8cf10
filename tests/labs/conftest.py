import pytest

from kubelab.labs import templates


@pytest.fixture(autouse=True)
def fresh_caches():
    """Ids begin anew with each test's database: what an earlier one left in memory is another's."""
    yield
    templates.forget()
