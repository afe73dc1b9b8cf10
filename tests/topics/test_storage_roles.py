"""The three people of the stories about storage: who looks after the disks, who after the cluster, who writes programs.

Source: kubernetes.io, concepts/storage/persistent-volumes (life cycle), reference/access-authn-authz/rbac.
"""

import pytest

from tests.console import Console
from tests.topics.storage import by_claim, claim, nfs_volume, pod, running, storage_class


@pytest.fixture
def people() -> Console:
    return Console("three-people")


def as_(console, name):
    console.ok(f"kubectl config use-context {name}@kubernetes")
    assert f"Username    {name}" in console.ok("kubectl auth whoami")


def test_each_has_a_context_and_the_administrator_is_the_first(people):
    contexts = people.ok("kubectl config get-contexts --no-headers").splitlines()
    assert [line.replace("*", " ").split()[0] for line in contexts] == [
        "developer@kubernetes", "kubernetes-admin@kubernetes", "storage-admin@kubernetes",
    ]  # fmt: skip
    assert people.ok("kubectl config current-context") == "kubernetes-admin@kubernetes\n"


def test_each_does_a_part_and_no_more(people):
    people.write("pv.yaml", nfs_volume("team", "/srv/nfs/storage/team"))
    people.write("app.yaml", claim("data") + "---" + pod("web", by_claim("data")))
    people.write("class.yaml", storage_class("gold", "example.com/nobody"))

    as_(people, "storage-admin")
    people.ok("ssh nfs-server 'mkdir /srv/nfs/storage/team && echo welcome > /srv/nfs/storage/team/README'")
    people.ok("kubectl apply -f class.yaml")
    for refused in ("pv.yaml", "app.yaml"):
        assert 'User "storage-admin" cannot' in people.fails(f"kubectl create -f {refused}")

    as_(people, "developer")
    for refused in ("pv.yaml", "class.yaml"):
        assert 'User "developer" cannot create resource' in people.fails(f"kubectl create -f {refused}")
    assert 'User "developer" cannot list resource "nodes"' in people.fails("kubectl get nodes")

    as_(people, "kubernetes-admin")
    people.ok("kubectl apply -f pv.yaml")

    as_(people, "developer")
    people.ok("kubectl apply -f app.yaml")
    running(people, "web")
    assert people.ok("kubectl exec web -- cat /data/README") == "welcome\n"

    as_(people, "storage-admin")
    assert people.ok("kubectl get pv --no-headers").split()[:6] == [
        "team",
        "5Gi",
        "RWX",
        "Retain",
        "Bound",
        "default/data",
    ]
    assert "pods is forbidden" in people.fails("kubectl get pods")
