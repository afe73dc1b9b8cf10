"""kubectl rollout: status, history, undo, restart, pause and resume."""

import pytest

from tests.kubectl.duel import Duel
from tests.kubectl.workloads import DAEMON, POD, STATEFUL, WEB

LINES = """
rollout
rollout foo
rollout status
rollout status deploy/web
rollout status deploy web
rollout status ds/ds
rollout status pod/p
rollout status svc/kubernetes
rollout status deploy/nope
rollout status deploy/web --revision=3
rollout status deploy --revision=-1
rollout status deploy,ds
rollout status deploy,sts -l app=web
rollout status deploy/web deploy/nope
rollout status deploy/nope pod/p svc/kubernetes deploy/web
rollout status deploy -n nope
rollout history
rollout history deploy/web
rollout history deploy/web --revision=1
rollout history deploy/web --revision=5
rollout history ds/ds
rollout history ds/ds --revision=1
rollout history pod/p
rollout history svc/kubernetes
rollout history deploy/web -o name
rollout history deploy/web --revision=1 -o jsonpath={.metadata.name}
rollout history deploy/web --revision=1 -o json
rollout history deploy,ds -o yaml
rollout history ds/ds -o name
rollout history ds/ds --template={{.kind}}
rollout undo deploy/web
rollout undo ds/ds
rollout undo pod/p
rollout undo deploy/web --to-revision=7
rollout undo deploy/web --to-revision=-1
rollout undo deploy/web --to-revision=1
rollout undo deploy/web --to-revision=1 --dry-run=client
rollout undo ds/ds --to-revision=1 --dry-run=client
rollout undo ds/ds --to-revision=1 -o json
rollout pause deploy/web
rollout pause deploy/web
rollout pause ds/ds
rollout resume deploy/web -o yaml
rollout pause deploy/web -o json
rollout restart deploy/web
rollout undo deploy/web --to-revision=1
rollout resume deploy/web
rollout resume deploy/web
rollout resume pod/p
rollout restart pod/p
rollout restart svc
rollout restart deploy -l a=b
rollout restart deploy -n kube-public
"""


@pytest.fixture(scope="module")
def duel():
    duel = Duel(WEB, DAEMON, POD)
    yield duel
    duel.close()


def test_lines_answer_as_real_kubectl_does(duel):
    for line in LINES.strip().split("\n"):
        duel.same(line)


def test_a_statefulsets_revisions_are_shown_as_real_kubectl_does():
    duel = Duel(STATEFUL)
    try:
        uid = duel.ours.get("statefulset", "db")["metadata"]["uid"]
        duel.apply(revision_of(101, uid), revision_of(102, uid))
        for line in ("", " --revision=101", " -o yaml"):
            duel.same(f"rollout history sts/db{line}")
        for line in (" --dry-run=client", " --to-revision=7", " --to-revision=101"):
            duel.same(f"rollout undo sts/db{line}")
    finally:
        duel.close()


def revision_of(number: int, uid: str) -> str:
    return f"""
apiVersion: apps/v1
kind: ControllerRevision
metadata:
  name: db-{number}
  labels: {{app: db}}
  annotations: {{kubernetes.io/change-cause: change {number}}}
  ownerReferences: [{{apiVersion: apps/v1, kind: StatefulSet, name: db, uid: {uid}, controller: true}}]
revision: {number}
data:
  spec:
    template:
      $patch: replace
      metadata: {{labels: {{app: db}}}}
      spec: {{containers: [{{name: c, image: "nginx:1.{number}"}}]}}
"""


def test_status_follows_a_rollout_to_its_end(console):
    console.apply(WEB)
    told = console.ok("kubectl rollout status deployment/web").splitlines()
    assert told[0] == "Waiting for deployment spec update to be observed..."
    assert told[-2] == 'Waiting for deployment "web" rollout to finish: 2 of 3 updated replicas are available...'
    assert told[-1] == 'deployment "web" successfully rolled out'


def test_status_without_watch_tells_once(console):
    console.apply(WEB)
    assert len(console.ok("kubectl rollout status deployment/web --watch=false").splitlines()) == 1


def test_status_gives_up_after_its_timeout(console):
    console.apply(WEB.replace("nginx:1.26", "nginx:doesnotexist"))
    begun = console.now
    assert console.fails("kubectl rollout status deploy/web --timeout=10s") == (
        "error: timed out waiting for the condition\n"
    )
    assert 10 <= console.now - begun < 11


def test_status_ends_when_the_deadline_is_over(console):
    console.apply(WEB.replace("replicas: 3", "replicas: 3\n  progressDeadlineSeconds: 20").replace("1.26", "nope"))
    assert console.fails("kubectl rollout status deploy/web") == (
        'error: deployment "web" exceeded its progress deadline\n'
    )


def test_undo_brings_the_template_of_before_back(console):
    console.apply(WEB)
    console.advance(30)
    console.apply(WEB.replace("1.26", "1.27").replace("first", "second"))
    console.advance(30)
    assert console.ok("kubectl rollout history deploy/web") == (
        "deployment.apps/web \nREVISION  CHANGE-CAUSE\n1         first\n2         second\n\n"
    )
    assert console.ok("kubectl rollout undo deploy/web") == "deployment.apps/web rolled back\n"
    console.advance(30)
    assert console.get("deployment", "web")["spec"]["template"]["spec"]["containers"][0]["image"] == "nginx:1.26"
    assert console.ok("kubectl rollout history deploy/web").split()[3::2] == ["2", "3"]


def test_undo_of_a_daemonset_goes_to_a_revision(console):
    console.apply(DAEMON)
    console.advance(30)
    console.apply(DAEMON.replace("1.26", "1.27"))
    console.advance(60)
    assert console.ok("kubectl rollout undo ds/ds --to-revision=1") == "daemonset.apps/ds rolled back\n"
    assert console.get("daemonset", "ds")["spec"]["template"]["spec"]["containers"][0]["image"] == "nginx:1.26"


def test_restart_replaces_all_pods(console):
    console.apply(WEB)
    console.advance(30)
    before = console.ok("kubectl get pods -o name")
    console.ok("kubectl rollout restart deployment/web && kubectl rollout status deployment/web")
    console.advance(10)
    after = console.ok("kubectl get pods -o name")
    assert len(after.splitlines()) == 3
    assert not set(before.splitlines()) & set(after.splitlines())


def test_a_restart_within_the_same_second_is_refused(console):
    console.apply(WEB)
    assert console.fails("kubectl rollout restart deploy/web && kubectl rollout restart deploy/web") == (
        "error: failed to create patch for web: if restart has already been triggered within the past second, "
        "please wait before attempting to trigger another\n"
    )
