"""kubectl logs: which container, which lines, and following them."""

import pytest

from tests.kubectl.duel import Duel
from tests.kubectl.workloads import BAD, PENDING, POD, TWO, WEB

LINES = """
logs
logs a b c
logs a -l b
logs p --tail=2
logs p --tail=0
logs p --tail=-2
logs p --tail=2 --timestamps
logs p --tail=1 --prefix
logs p --limit-bytes=20
logs p --limit-bytes=-1
logs p --since=1s
logs p --since=-1s
logs p --since-time=2020-01-01T00:00:00Z --tail=1
logs p --since-time=x
logs p --since=1s --since-time=2020-01-01T00:00:00Z
logs p -p
logs p -c b --all-containers
logs p x
logs two
logs two --tail=1
logs two a
logs two -c nope
logs two -c init --timestamps
logs two a -c b
logs bad
logs pending
logs nope
logs -l app=p --tail=1
logs -l app=nope
logs deploy/nope
logs svc/kubernetes
logs cm/kube-root-ca.crt
logs --pod-running-timeout=0 p
"""


@pytest.fixture(scope="module")
def duel():
    duel = Duel(POD, TWO, BAD, PENDING)
    yield duel
    duel.close()


def test_lines_answer_as_real_kubectl_does(duel):
    for line in LINES.strip().split("\n"):
        duel.same(line)


def test_a_container_that_is_being_made_has_no_log_yet(console):
    console.apply(POD)
    assert console.fails("kubectl logs p") == (
        'Error from server (BadRequest): container "c" in pod "p" is waiting to start: ContainerCreating\n'
    )


def test_a_workload_stands_for_one_of_its_pods(console):
    console.apply(WEB)
    console.advance(30)
    result = console.run("kubectl logs deploy/web --tail=1")
    names = console.ok("kubectl get pods -o name").split()
    assert result.stderr in [f"Found 3 pods, using {name}\n" for name in names]
    assert "start worker process" in result.stdout


def test_all_pods_of_a_workload_are_told_apart_by_prefixes(console):
    console.apply(WEB)
    console.advance(30)
    lines = console.ok("kubectl logs deploy/web --tail=1 --all-pods").splitlines()
    assert sorted(line.split("]")[0] for line in lines) == [
        f"[{name}/nginx" for name in sorted(console.ok("kubectl get pods -o name").split())
    ]


def test_following_goes_on_until_it_is_interrupted(console):
    console.apply(TWO)
    console.advance(12)
    result = console.run("kubectl logs -f two -c b", patience=10)
    assert result.stdout.split("\n")[:4] == ["tick 0", "tick 1", "tick 2", "tick 3"]
    assert result.exit == 130


def test_following_ends_with_the_container(console):
    console.apply(TWO)
    console.advance(12)
    result = console.run("kubectl logs -f --prefix two -c a & sleep 3; kubectl delete pod two; wait")
    assert result.stdout == '[pod/two/a] one\n[pod/two/a] two\npod "two" deleted from default namespace\n'


def test_too_many_logs_are_not_followed_at_once(console):
    console.apply(WEB)
    console.advance(30)
    assert console.fails("kubectl logs -f -l app=web --max-log-requests=2") == (
        "error: you are attempting to follow 3 log streams, but maximum allowed concurrency is 2, use "
        "--max-log-requests to increase the limit\n"
    )


def test_the_log_before_a_restart_is_kept(console):
    console.apply(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: once}\nspec: {containers: [{name: c, image: busybox, "
        'command: [sh, -c, "echo run; sleep 2; exit 1"]}]}'
    )
    console.advance(10)
    assert console.ok("kubectl logs once -p") == "run\n"
