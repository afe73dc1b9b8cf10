"""kubectl wait: conditions, paths, creation and deletion."""

import pytest

from tests.kubectl.duel import Duel
from tests.kubectl.workloads import PENDING, POD, TWO, WEB

LINES = """
wait
wait --for=foo pod/p
wait --for=condition=x
wait --for=condition=Ready pod/p
wait --for=condition=ready pod p two
wait --for=condition=Ready pod -l app=p
wait --for=condition=Ready pod -l app=nope
wait --for=condition=Ready pod/nope
wait --for=condition=Ready pod/p --timeout=0
wait --for=condition=Foo pod/p --timeout=0
wait --for=jsonpath={.status.phase}=Running pod/p
wait --for=jsonpath=.status.phase=Running pod/p
wait --for=jsonpath={.status.podIP} pod/p
wait --for=jsonpath={.status.nope} pod/p --timeout=0
wait --for=jsonpath={.status}=x pod/p
wait --for=jsonpath={.a}={.b}={.c} pod/p
wait --for=jsonpath= pod/p
wait --for=jsonpath={.a}= pod/p
wait --for=delete pod/nope
wait --for=delete pod/p --timeout=0
wait --for=create pod/p
wait --for=condition=Ready pod/p -o name
wait --for=condition=Ready pod/p pod/nope --timeout=0
wait pod --for=condition=Ready --all --field-selector=status.phase=Running -l app=p
wait --for=condition=ready=false pod/p --timeout=0
wait --for=jsonpath={.metadata.labels} pod/p
wait --for=jsonpath={.status.containerStatuses[0].ready}=true pod/p
wait --for=delete
wait --for=create cm/nope --timeout=1ns
wait --for=condition=Ready pod/p --timeout=x
"""


def test_lines_answer_as_real_kubectl_does():
    duel = Duel(POD, TWO)
    try:
        for line in LINES.strip().split("\n"):
            duel.same(line)
    finally:
        duel.close()


def test_a_condition_is_waited_for(console):
    console.apply(WEB)
    assert console.ok("kubectl wait --for=condition=Available deploy/web") == "deployment.apps/web condition met\n"


def test_the_time_is_for_all_objects_together(console):
    console.apply(PENDING, POD, TWO)
    begun = console.now
    assert console.fails("kubectl wait --for=condition=Ready pod/pending pod/p --timeout=20s") == (
        "timed out waiting for the condition on pods/pending\ntimed out waiting for the condition on pods/p\n"
    )
    assert console.now - begun == pytest.approx(20, abs=0.1)


def test_a_creation_is_waited_for(console):
    result = console.run("kubectl wait --for=create cm/later & sleep 2; kubectl create cm later; wait $!")
    assert result.stdout.endswith("configmap/later created\nconfigmap/later condition met\n")
    assert console.fails("kubectl wait --for=create cm/never --timeout=2s") == (
        "error: timed out waiting for the condition\n"
    )


def test_a_deletion_is_waited_for(console):
    console.apply(POD)
    console.advance(20)
    result = console.run("kubectl delete pod p --wait=false; kubectl wait --for=delete pod/p")
    assert result.stdout == 'pod "p" deleted from default namespace\npod/p condition met\n'
    assert console.get("pod", "p") is None
