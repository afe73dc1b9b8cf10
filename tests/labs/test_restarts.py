"""A cluster's future is the same whether or not its process was restarted, at any commit."""

import pytest

from kubelab.accounts.models import User
from kubelab.cluster.agenda import PREFIX as AGENDA
from kubelab.cluster.folded import unfolded
from kubelab.cluster.kinds import Deployment, Pod, Service
from kubelab.cluster.objects import Key, with_spec
from kubelab.labs import creation, log
from kubelab.labs.awake import clusters
from kubelab.labs.bench._workload import deployment, service
from kubelab.labs.keeping import act_on, reading
from kubelab.labs.models import Lab
from tests.labs.conftest import NOON, admin

pytestmark = pytest.mark.django_db
SECONDS = 0.5


def story():
    """What a learner does, one act after another; None lets half a second pass."""
    yield lambda client: client.create(Deployment, deployment("web", 4))
    yield lambda client: client.create(Service, service("web"))
    yield from [None] * 12
    yield lambda client: client.delete(Pod, Key("default", sorted(names(client))[0]))
    yield from [None] * 6
    yield lambda client: client.update(Deployment, with_spec(client.get(Deployment, Key("default", "web")), replicas=2))
    yield from [None] * 80
    yield lambda client: client.create(Deployment, broken())
    yield from [None] * 60


def names(client):
    return [pod["metadata"]["name"] for pod in client.list(Pod, "default")]


def broken():
    """A Deployment whose image does not exist: back-offs and repeated events."""
    wrong = deployment("wrong", 1)
    wrong["spec"]["template"]["spec"]["containers"][0]["image"] = "nginx:doesnotexist"
    return wrong


def lived(*, restarting):
    lab = creation.create(User.objects.create_guest(), "lab", seed=7, now=NOON)
    for deed in story():
        if restarting:
            clusters.clear()
        with act_on(lab.pk) as act:
            if deed is None:
                act.run_until(act.cluster.clock.now + SECONDS, None)
                act.touch("now")
            else:
                deed(admin(act.cluster))
    kept = dict(log.items(Lab.objects.get(pk=lab.pk)))  # the agenda's entries are among them
    with reading(lab.pk) as cluster:
        assert {key: obj for key, obj in kept.items() if not key.startswith(AGENDA)} == dict(cluster.store.all_kept())
        return cluster.header(), kept


def test_restarts_change_nothing():
    header, objects = lived(restarting=False)
    other_header, others = lived(restarting=True)
    assert other_header == header
    assert [key for key in {**objects, **others} if objects.get(key) != others.get(key)] == []


def test_the_story_has_something_to_tell():
    _, objects = lived(restarting=False)
    pods = [obj["status"]["phase"] for key, obj in objects.items() if key.startswith("/registry/pods/default/web")]
    assert pods == ["Running", "Running"]
    reasons = {unfolded(obj)["reason"] for key, obj in objects.items() if key.startswith("/registry/events/default/")}
    assert {"Scheduled", "Pulled", "Started", "Killing", "BackOff"} <= reasons
