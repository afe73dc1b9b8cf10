import pytest

from kubelab.accounts.models import User
from kubelab.cluster.kinds import ConfigMap
from kubelab.cluster.objects import Key
from kubelab.cluster.user import User as ClusterUser
from kubelab.labs import creation, templates
from kubelab.labs.awake import clusters

NOON = 1_800_000_000.0  # on the hour


@pytest.fixture(autouse=True)
def fresh_caches():
    """Ids begin anew with each test's database: what an earlier one left in memory is another's."""
    yield
    templates.forget()
    clusters.clear()


@pytest.fixture
def learner(db):
    return User.objects.create_guest()


@pytest.fixture
def lab(db):
    return creation.create(None, "lab", seed=7, now=NOON)


def admin(cluster):
    return cluster.api.client(ClusterUser("kubernetes-admin", ("system:masters",)), "tests")


def config(name, **data):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "default"}, "data": data}


def put(cluster, name, **data):
    """Create a ConfigMap."""
    return admin(cluster).create(ConfigMap, config(name, **data))


def found(cluster, name):
    """Return the data of a ConfigMap, or None."""
    obj = admin(cluster).get(ConfigMap, Key("default", name))
    return obj and obj["data"]
