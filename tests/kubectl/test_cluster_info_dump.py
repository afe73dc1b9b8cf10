"""kubectl cluster-info dump, against real kubectl."""

import re
from pathlib import Path

import pytest

from tests.kubectl.filed_duel import FiledDuel
from tests.kubectl.workloads import DAEMON, TWO, WEB

LINES = """
cluster-info dump -o name
cluster-info dump -o foo
cluster-info dump --pod-running-timeout=0
cluster-info dump --namespaces nope -o jsonpath={.kind}
"""
# Our server tells what each item of a list is, which a real one leaves out.
ITEM_KIND = re.compile(r'\n {12}"kind": "\w+",\n {12}"apiVersion": "[\w/.]+",(?=\n {12}"metadata")')
CHANCE = re.compile(r'"(resourceVersion|uid|image(?:ID)?|containerID|podIP|ip|[a-zA-Z]*[tT]ime(?:stamp)?)": "[^"]*"')


@pytest.fixture(scope="module")
def duel():
    duel = FiledDuel({}, WEB, DAEMON, TWO, version="1.33")
    yield duel
    duel.close()


def test_it_refuses_what_real_kubectl_refuses(duel):
    duel.all_same(LINES)


def test_its_files_are_those_of_real_kubectl(duel):
    duel.all_same("cluster-info dump --output-directory=dump --namespaces default")
    home = Path(duel.judge.home.name)
    paths = sorted(str(path.relative_to(home)) for path in home.glob("dump/**/*") if path.is_file())
    assert sorted(duel.ours.ok("find dump -type f").split()) == paths
    assert [path for path in paths if known(duel.ours.read(path)) != known((home / path).read_text())] == []


def known(text: str) -> str:
    """Returns a file without what chance decides."""
    return CHANCE.sub("", ITEM_KIND.sub("", text))
