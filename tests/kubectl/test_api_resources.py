"""kubectl api-resources and api-versions, against real kubectl."""

import pytest

from tests.kubectl.judged import Judged

LINES = """
api-versions
api-versions x
api-resources
api-resources x y
api-resources -o wide
api-resources -o name
api-resources -o yaml
api-resources --namespaced=false
api-resources --namespaced
api-resources --verbs=list,get -o name
api-resources --api-group=apps
api-resources --api-group=
api-resources --api-group=x
api-resources --categories=all
api-resources --sort-by=kind
api-resources --sort-by=name --no-headers
api-resources --sort-by=x
""".strip().splitlines()


@pytest.fixture(scope="module")
def judged():
    judged = Judged("1.31")
    yield judged
    judged.close()


@pytest.mark.parametrize("line", LINES)
def test_kinds_are_listed_as_real_kubectl_does(judged, line):
    judged.same(line)
