"""`manage.py bench class` measures what a class costs."""

import pytest

from kubelab.labs import bench
from kubelab.labs.bench import figures

pytestmark = pytest.mark.django_db


def test_it_yields_the_figures_that_are_promised():
    found = {figure.name: figure.value for figure in figures("class", 0.01)}
    assert set(bench.benches()["class"].TARGETS) <= set(found)
    assert all(value > 0 for value in found.values())
    assert found["class.gradebook_queries"] <= 10 and found["class.board_queries"] <= 12
