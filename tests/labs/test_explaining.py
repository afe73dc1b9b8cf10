"""The pages that explain a cluster: where a Pod was put and why, who reaches whom, the way of a request."""

import pytest
from django.test import Client
from django.urls import reverse

from kubelab.accounts.models import User
from kubelab.cluster.kinds import NetworkPolicy, Pod
from kubelab.labs import creation, looking
from kubelab.labs.keeping import act_on
from tests.labs.conftest import NOON, admin

pytestmark = pytest.mark.django_db
DENY = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "NetworkPolicy",
    "metadata": {"name": "nobody", "namespace": "default"},
    "spec": {"podSelector": {"matchLabels": {"app": "web"}}, "policyTypes": ["Ingress"]},
}


def pod(name, **spec):
    container = {"name": name, "image": "nginx:1.27", "ports": [{"containerPort": 80}]}
    metadata = {"name": name, "namespace": "default", "labels": {"app": name}}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": [container], **spec}}


def apply(lab, kind, *objects):
    """Create objects, and let half a minute pass."""
    with act_on(lab.pk, seconds=None) as act:
        for obj in objects:
            admin(act.cluster).create(kind, obj)
        act.run_until(act.cluster.clock.now + 30, None)


@pytest.fixture
def lab(learner):
    lab = creation.create(learner, "lab", preset="three-nodes-calico", seed=7, now=NOON)
    apply(lab, Pod, pod("web"), pod("client"), pod("lost", nodeSelector={"disk": "none"}))
    return lab


@pytest.fixture
def owner(learner):
    client = Client(headers={"HX-Request": "true"})
    client.force_login(learner)
    return client


def text(answer):
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def placement(lab, name):
    return reverse("placement", args=[lab.public_id, "default", name])


def test_a_pods_node_is_explained_by_the_scores_of_those_that_would_do(lab, owner):
    page = text(owner.get(placement(lab, "web")))
    assert "Why is <code>web</code> on <code>worker-" in page
    assert "2 of 3 nodes would do" in page and page.count("chosen</span>") == 1
    assert "NodeResourcesFit" in page
    assert "<td>TaintToleration</td><td>node(s) had untolerated taint(s)</td>" in page


def test_a_waiting_pod_is_explained_by_who_rejected_each_node(lab, owner):
    page = text(owner.get(placement(lab, "lost")))
    assert "Why does <code>lost</code> have no node?" in page
    assert "0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 node(s) didn&#x27;t match Pod&#x27;s" in page
    assert page.count("<td>NodeAffinity</td>") == 2


def test_a_pod_that_is_gone_is_said_to_be(lab, owner):
    assert "There is no Pod <code>default/nope</code> any more" in text(owner.get(placement(lab, "nope")))


def test_a_pod_that_the_scheduler_never_saw_is_said_to_be(lab, owner):
    page = text(owner.get(reverse("placement", args=[lab.public_id, "kube-system", "etcd-control-plane"])))
    assert "The scheduler has no record of it" in page


def test_the_matrix_shows_what_a_policy_changed(lab, owner):
    reach = reverse("reach", args=[lab.public_id])
    answer = owner.get(reach)
    assert text(answer).count(">connected</a>") == 4  # web and client, each from each; from outside there is no route
    before = answer.context["outcomes"]
    apply(lab, NetworkPolicy, DENY)
    answer = owner.post(reach, {"namespace": "", "before": before})
    page = text(answer)
    assert "1 of them ends otherwise than before" in page
    changed = [cell for _, cells in answer.context["table"].rows for cell in cells if cell.before]
    assert [(cell.source, cell.target.name) for cell in changed] == [("default/client", "default/web:80")]
    assert changed[0].before == "connected" and "NetworkPolicy" in changed[0].reach.component + changed[0].reach.rule


@pytest.mark.parametrize("before", ["{", "[]", '{"a": {}}', "x" * 300_000])
def test_what_a_page_gives_back_may_be_nonsense(lab, owner, before):
    assert "connected" in text(owner.post(reverse("reach", args=[lab.public_id]), {"before": before}))


def test_a_requests_way_is_shown_hop_by_hop_the_lookup_first(lab, owner):
    way = reverse("way", args=[lab.public_id])
    page = text(owner.get(way, {"source": "default/client", "host": "kubernetes.default", "port": 443}))
    assert "First the name: kubernetes.default is 10.96.0.1" in page
    assert page.index("CoreDNS" if "CoreDNS" in page else "coredns") < page.index("Then the request")
    assert "KUBE-SVC-" in page and "kube-apiserver on control-plane" in page


def test_questions_that_make_no_sense_are_refused_beside_their_field(lab, owner):
    way = reverse("way", args=[lab.public_id])
    page = text(owner.get(way, {"source": "default/nobody", "host": "x", "port": 70000}))
    assert "default/nobody is not one of the available choices" in page
    assert "less than or equal to 65535" in page


def test_hostile_names_are_escaped(lab, owner):
    way = reverse("way", args=[lab.public_id])
    page = text(owner.get(way, {"source": "outside", "host": "<script>alert(1)</script>", "port": 80}))
    assert "<script>" not in page and "&lt;script&gt;" in page


@pytest.mark.parametrize("name", ["reach", "way"])
def test_nobody_else_is_told_that_there_is_such_a_cluster(lab, name, settings):
    stranger = Client()
    assert stranger.get(reverse(name, args=[lab.public_id])).status_code == 302
    stranger.force_login(User.objects.create_guest())
    assert stranger.get(reverse(name, args=[lab.public_id])).status_code == 404
    assert stranger.get(placement(lab, "web")).status_code == 404


def test_who_may_look_at_the_lab_may_look_at_what_explains_it(lab, monkeypatch):
    teacher = User.objects.create_guest()
    monkeypatch.setattr(looking, "permits", [lambda user, lab: "Ms Frizzle" if user == teacher else ""])
    client = Client()
    client.force_login(teacher)
    page = text(client.get(placement(lab, "web")))
    assert page.startswith("<!doctype html>")  # without the lab around it, a page of its own


def test_looking_changes_nothing(lab, owner):
    lab.refresh_from_db()
    before = (lab.commits, lab.revision)
    owner.get(reverse("reach", args=[lab.public_id]))
    owner.get(reverse("way", args=[lab.public_id]), {"source": "outside", "host": "192.168.100.11", "port": 6443})
    lab.refresh_from_db()
    assert (lab.commits, lab.revision) == before
