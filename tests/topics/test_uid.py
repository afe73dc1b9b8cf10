"""Topic uid: a name may come again, an object's uid and a container's id never.

Source: kubernetes.io, concepts/overview/working-with-objects/names.
"""

import pytest


def made(console):
    """Returns uid, container id and node of a Pod that is made anew."""
    console.ok("kubectl run web --image=nginx")
    console.advance(20)
    fields = "{.metadata.uid} {.status.containerStatuses[0].containerID} {.spec.nodeName}"
    return console.ok(f"kubectl get pod web -o jsonpath='{fields}'").split()


def test_an_object_of_the_same_name_is_another_object(console):
    uid, container, _ = made(console)
    console.ok("kubectl delete pod web")
    other_uid, other_container, _ = made(console)
    assert uid != other_uid
    assert container != other_container


def test_the_node_knows_the_container_by_the_id_in_the_status(console):
    uid, container, node = made(console)
    assert console.ok(f"ssh {node} crictl ps --name web -q --no-trunc").strip() == container.removeprefix(
        "containerd://"
    )
    assert f"default_web_{uid}" in console.ok(f"ssh {node} ls /var/log/pods").split()
    assert uid in console.ok(f"ssh {node} ls /var/lib/kubelet/pods").split()


@pytest.mark.parametrize("answer", ["y", "n"])
def test_an_object_with_an_old_uid_is_not_updated(console, answer):
    console.ok("kubectl create configmap c --from-literal=a=1")
    console.ok("kubectl get configmap c -o yaml > c.yaml")
    if answer == "y":
        console.ok("kubectl delete configmap c")
        console.ok("kubectl create configmap c --from-literal=a=2")
        refused = console.run("kubectl replace -f c.yaml")
        assert "Precondition failed: UID in precondition: " in refused.stderr or "Conflict" in refused.stderr
    else:
        console.ok("kubectl replace -f c.yaml")
