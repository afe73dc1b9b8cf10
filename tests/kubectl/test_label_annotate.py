"""kubectl label and annotate, against real kubectl."""

import pytest

from tests.kubectl.changing_files import FILES
from tests.kubectl.filed_duel import FiledDuel

LABEL = """
create -f two.yaml
create cm b
label
label cm
label cm a
label cm a x
label cm a x=y=z
label cm a x=1 y
label cm a x=1 x-
label cm a 'x=a b'
label cm a x=z
label cm a x=y
label cm a x=y --overwrite
label cm a x=y
label cm a n=1
label cm a n-
label cm a n-
label cm a,b q=1
label cm a b q=2 z=1
label cm -l q=1 v=2
label cm -l t=9 v=2
label cm nope a=b
label cm/a cm/b u=1
label cm a m=1 --dry-run=client -o yaml
label cm a m=1 --dry-run=server
label cm a m=1 --resource-version=1 --overwrite
label cm a b m=1 --resource-version=1
label -f web.yaml loc=1 --local -o yaml
label cm a --local x=1
label --local x=1
label cm a --list -o yaml
label node --all a=b
label ns default zone/x=1
label foo a x=1
label cm a '/=x'
label cm a x=1 --all -l a=b
"""
ANNOTATE = """
annotate cm a
annotate cm a d='hello world'
annotate cm a d=x e=y
annotate cm a d=x --overwrite
annotate cm a d-
annotate cm a d=1 d-
annotate cm a kubernetes.io/change-cause=x
annotate cm a kubernetes.io/change-cause=z
annotate cm a d=1 --dry-run=client -o yaml
annotate cm a x=1 foo
annotate cm nope x=1
get cm a -o yaml
"""


@pytest.fixture(scope="module")
def duel():
    duel = FiledDuel(FILES)
    yield duel
    duel.close()


@pytest.mark.parametrize("lines", [LABEL, ANNOTATE], ids=["label", "annotate"])
def test_lines_answer_as_real_kubectl_does(duel, lines):
    duel.all_same(lines)


def test_labels_are_listed(console):
    console.ok("kubectl create configmap a")
    console.ok("kubectl label cm a x=1 y=2")
    assert console.ok("kubectl label cm a --list") == "x=1\ny=2\n"
    assert "Listing labels for ConfigMap./a:\n x=1\n y=2\n" in console.ok("kubectl label cm --all --list")
