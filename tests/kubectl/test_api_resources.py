"""kubectl api-resources and api-versions, against real kubectl."""

import json

import pytest

from tests.console import Console
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


def test_since_1_34_kinds_are_listed_as_json_and_yaml():
    found = json.loads(Console("one-node", "1.34").ok("kubectl api-resources --api-group=apps -o json"))
    assert (found["kind"], found["apiVersion"], found["groupVersion"]) == ("APIResourceList", "v1", "")
    deployments = found["resources"][2]
    assert list(deployments)[:6] == ["name", "singularName", "namespaced", "group", "version", "kind"]
    assert (deployments["name"], deployments["group"], deployments["shortNames"]) == ("deployments", "apps", ["deploy"])
    listed = Console("one-node", "1.34").ok("kubectl api-resources --api-group=policy -o yaml")
    assert listed.startswith('apiVersion: v1\ngroupVersion: ""\nkind: APIResourceList\nresources:\n- group: policy\n')
