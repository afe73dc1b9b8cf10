"""What checks can say, and when they are evaluated again."""

import pytest

from kubelab.courses.checks.commands import was_run
from kubelab.courses.checks.expressions import compiled
from kubelab.courses.checks.sight import Sight
from kubelab.courses.checks.watching import Outcome, Watch, names_of, value_of
from kubelab.courses.format.lesson import Check, Remember

WEB = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "nginx:1.27"}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: bad}
spec: {containers: [{name: bad, image: "nginx:doesnotexist"}]}
"""


@pytest.fixture
def says(console):
    """What an expression says of a cluster in which the above has been applied."""
    console.apply(WEB)
    console.write("web.yaml", WEB)
    console.advance(60)
    commands = [("k get po", 0), ("kubectl get pod nope", 1)]

    def says(text):
        expression = compiled(text, console.cluster.version)
        assert not expression.problems
        return value_of(expression, Sight(console.cluster, commands, {"known": 1, "unknown": None}))

    return says


@pytest.mark.parametrize(
    "text",
    [
        "deployment('web').ready() && deployment('default/web').spec.replicas == 2",
        "deployment('kube-system/coredns') != null && deployment('coredns') == null",
        "!pod('bad').ready() && pod('bad').state() in ['ErrImagePull', 'ImagePullBackOff']",
        "!pod('nope').ready() && pod('nope') == null",
        "pods.size() == 3 && system.pods.exists(p, p.metadata.name.startsWith('coredns'))",
        "pods.filter(p, p.ownedBy('Deployment', 'web') && p.ready()).size() == 2",
        "!pods.exists(p, p.ownedBy('Deployment', 'other')) && pods.exists(p, p.ownedBy('ReplicaSet'))",
        "pods.filter(p, p.labelled('app=web')).size() == 2 && !pod('bad').labelled('no selector!')",
        "service('web').ready() && service('web').endpoints().size() == 2",
        "endpoints.exists(e, e.metadata.name == 'web') && service('web').endpoints().size() == 2",
        "pods.filter(p, p.labelled('app=web')).all(p, p.reaches('web', 80) && !p.reaches('web', 81))",
        "!pod('nope').reaches('web', 80) && !'outside'.reaches('web', 80)",
        "'outside'.reaches('control-plane', 6443) && !'outside'.reaches('worker-1', 6443)",
        "deployment('web').images() == ['nginx:1.27'] && pod('bad').images() == ['nginx:doesnotexist']",
        "deployment('web').condition('Available') == 'True' && pod('bad').condition('Nope') == ''",
        "nodes.all(n, n.ready()) && node('worker-1').ready() && ns('default') != null",
        "events.exists(e, e.reason == 'Failed' && e.involvedObject.name == 'bad')",
        "pods.all(p, p.metadata.annotations.size() >= 0 && has(p.status.phase) && !has(p.metadata.managedFields))",
        "file('web.yaml').contains('nginx') && file('nope') == null",
        "manifests('web.yaml').map(m, m.kind) == ['Deployment', 'Service', 'Pod'] && manifests('nope').size() == 0",
        "ran('kubectl get pods') && !ran('kubectl get pod nope') && typed('kubectl get pod nope')",
        "commands.size() == 2 && commands[1].exit == 1",
        "remembered.known == 1 && remembered.unknown == null",
        "quantity('1Gi') > quantity('1000Mi') && sum([1, 2]) == 3 && min([2, 1]) == 1 && max([2, 1]) == 2",
        "join(['a', 'b'], '-') == 'a-b' && split('a,b', ',').size() == 2 && lowerAscii('A') == 'a'",
        "now - timestamp(deployment('web').metadata.creationTimestamp) >= duration('60s')",
    ],
)
def test_checks_can_ask_for(says, text):
    assert says(text) is True


def test_what_fails_means_not_yet(says, capfd):
    for text in ("pod('nope').status.phase == 'Running'", "pods[99].ready()", "pods.exists(p, p.nope == 1)", "1 > 'a'"):
        assert says(text) is None
    assert says("pod(7) == null") is True
    assert capfd.readouterr() == ("", "")


def test_heartbeats_are_told_as_of_now(console):
    beat = compiled("lease('kube-node-lease/worker-1').spec.renewTime", console.cluster.version)
    before = value_of(beat, Sight(console.cluster, [], {}))
    console.advance(11)
    assert value_of(beat, Sight(console.cluster, [], {})) > before


@pytest.mark.parametrize(
    ("pattern", "line", "matches"),
    [
        ("kubectl get pods", "kubectl get pods", True),
        ("kubectl get pods", "k  get   po -A", True),
        ("kubectl get pods", "kubectl -n shop get pod", True),
        ("kubectl get pods", "kubectl describe pods", False),
        ("kubectl get pods", "echo kubectl get pods", False),
        ("kubectl get pods -o wide", "kubectl get pods -owide", True),
        ("kubectl get pods -o wide", "kubectl get --output=wide po", False),
        ("kubectl get -o wide", "kubectl get --output=wide po", True),
        ("kubectl get pod web", "kubectl get pod/web", True),
        ("kubectl get pods services", "kubectl get po,svc | grep web", True),
        ("grep web", "kubectl get po,svc | grep web", True),
        ("kubectl apply -f web.yaml", "vi web.yaml && kubectl apply --filename web.yaml", True),
        ("kubectl scale deployment web --replicas=3", "kubectl scale deploy/web --replicas 3", True),
        ("kubectl get pod web jsonpath", "kubectl get pod web -o jsonpath='{.status}'", True),
        ("kubectl get pods", "kubectl get 'pods", False),
    ],
)
def test_a_command_counts_however_it_is_written(pattern, line, matches):
    assert was_run(pattern, [line], "1.36") is matches


def watch_of(console, checks, remembers=None, **more):
    remembers = [Remember(name, text, 1) for name, text in (remembers or {}).items()]
    return Watch(
        [Check(name, name, text, 1) for name, text in checks.items()], remembers, console.cluster.version, **more
    )


def test_only_checks_whose_inputs_changed_are_evaluated_again(console, monkeypatch):
    watch = watch_of(console, {"pods": "pods.size() == 9", "typed": "ran('ls')", "file": "file('a') == 'b'"})
    looked = []
    monkeypatch.setattr(
        "kubelab.courses.checks.watching.value_of", lambda expression, sight: looked.append(expression.text)
    )
    watch.look(console.cluster, [], None)
    assert len(looked) == 3
    for changed in ({"pods"}, {"services"}, {"commands"}, {"files"}, set()):
        watch.look(console.cluster, [], frozenset(changed))
    assert looked[3:] == ["pods.size() == 9", "ran('ls')", "file('a') == 'b'"]


def test_a_commit_says_what_it_changed(console):
    list(console.cluster.take_changes())
    console.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}})
    assert names_of(console.cluster.take_changes(), console.cluster.version) == {"configmaps"}
    console.write("a.txt", "a")
    assert names_of(console.cluster.take_changes(), console.cluster.version) == {"files"}


def test_what_has_passed_stays_passed_and_texts_say_what_is_missing(console):
    watch = watch_of(console, {"there": "configmap('a') != null ? true : 'There is no a.'"})
    assert watch.look(console.cluster, [], None).changed == {"there": Outcome(False, "There is no a.")}
    console.ok("kubectl create configmap a")
    assert watch.look(console.cluster, [], frozenset({"configmaps"})).passed == ["there"] and watch.is_complete
    console.ok("kubectl delete configmap a")
    assert watch.look(console.cluster, [], None).changed == {} and watch.is_complete


def test_of_an_exercise_what_has_passed_may_fail_again(console):
    watch = watch_of(console, {"there": "configmap('a') != null"}, latching=False)
    console.ok("kubectl create configmap a")
    assert watch.look(console.cluster, [], None).passed == ["there"]
    console.ok("kubectl delete configmap a")
    assert watch.look(console.cluster, [], None).changed == {"there": Outcome(False)} and not watch.is_complete


def test_the_first_value_is_remembered_and_checks_that_use_it_look_again(console):
    watch = watch_of(
        console,
        {"another": "remembered.uid != null && configmap('a').metadata.uid != remembered.uid"},
        {"uid": "configmap('a').metadata.uid"},
    )
    assert watch.look(console.cluster, [], None).remembered == {}
    console.ok("kubectl create configmap a")
    news = watch.look(console.cluster, [], frozenset({"configmaps"}))
    assert list(news.remembered) == ["uid"] and not news.passed
    console.ok("kubectl delete configmap a && kubectl create configmap a")
    assert watch.look(console.cluster, [], frozenset({"configmaps"})).passed == ["another"]


def test_an_expensive_check_is_put_off_and_not_forgotten(console, monkeypatch):
    from kubelab.courses.checks import watching

    monkeypatch.setattr(watching, "CHEAP", -1.0)
    monkeypatch.setattr(watching, "SHARE", 1e-9)  # once evaluated, it has to wait for long
    watch = watch_of(console, {"there": "configmap('a') != null"})
    watch.look(console.cluster, [], None)
    console.ok("kubectl create configmap a")
    news = watch.look(console.cluster, [], frozenset({"configmaps"}))
    assert not news.passed and news.again > 0
    watch._not_before.clear()
    assert watch.look(console.cluster, [], frozenset()).passed == ["there"]


@pytest.mark.parametrize(
    ("text", "depth"),
    [
        ("pods.size() == 1", 0),
        ("pods.exists(p, p.ready()) && nodes.all(n, n.ready())", 1),
        ("pods.all(p, p.spec.containers.exists(c, c.name == 'pods.all('))", 1),
        ("pods.all(p, nodes.exists(n, n.metadata.name == p.spec.nodeName))", 2),
        ("pods.filter(p, p.ready()).all(p, system.pods.all(q, p != q))", 2),
        ("service('web').endpoints().all(e, pods.exists(p, p.metadata.name == e))", 2),
    ],
)
def test_the_cost_of_an_expression_is_known_by_its_loops(text, depth):
    assert compiled(text, "1.36").depth == depth and not compiled(text, "1.36").problems


def test_what_would_take_too_long_is_a_mistake_and_loops_see_fewer_objects(console):
    [(_, problem)] = compiled("pods.all(p, pods.all(q, pods.all(r, p == q || q == r)))", "1.36").problems
    assert "loops" in problem
    console.apply(*({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"c{n}"}} for n in range(1100)))
    sight = Sight(console.cluster, [], {})
    assert value_of(compiled("configmaps.size()", "1.36"), sight) == 1000
    assert value_of(compiled("configmaps.map(a, configmaps.size()).size()", "1.36"), sight) == 1000
    assert value_of(compiled("configmaps.filter(a, configmaps.exists(b, b == a)).size()", "1.36"), sight) == 150
