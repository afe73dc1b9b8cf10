import pytest

from kubelab.labs import templates
from kubelab.labs.awake import clusters
from tests.browser.learner import Learner


@pytest.fixture(autouse=True)
def nothing_of_another_test():
    templates.forget()
    clusters.clear()


@pytest.fixture
def learner(page):
    """A first visitor, with a cluster in the playground."""
    return Learner(page).opens_the_playground()
