"""LimitRanges: what containers get that say nothing, and what is too little or too much.

Source: kubernetes.io, tasks/administer-cluster/manage-resources (the manifests and the messages are its own).
"""

import pytest
import yaml


def limits(kind="Container", **limit):
    return {"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "range"},
            "spec": {"limits": [{"type": kind, **limit}]}}  # fmt: skip


def pod(**resources):
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "demo"}, "spec": {"containers": [
        {"name": "main", "image": "nginx", "resources": resources}]}}  # fmt: skip


def test_containers_get_the_defaults_and_a_note_says_so(console):
    console.apply(limits(default={"memory": "512Mi"}, defaultRequest={"memory": "256Mi"}))
    console.apply(pod())
    made = console.get("pod", "demo")
    assert made["spec"]["containers"][0]["resources"] == {
        "limits": {"memory": "512Mi"},
        "requests": {"memory": "256Mi"},
    }
    assert made["metadata"]["annotations"]["kubernetes.io/limit-ranger"] == (
        "LimitRanger plugin set: memory request for container main; memory limit for container main"
    )


def test_what_a_container_says_itself_counts(console):
    console.apply(limits(default={"cpu": "1"}, defaultRequest={"cpu": "500m"}))
    console.apply(pod(limits={"cpu": "2"}))
    assert console.get("pod", "demo")["spec"]["containers"][0]["resources"] == {
        "limits": {"cpu": "2"}, "requests": {"cpu": "2"},
    }  # fmt: skip


def test_the_most_is_the_default_where_there_is_none(console):
    console.apply(limits(max={"cpu": "800m"}, min={"cpu": "200m"}))
    console.apply(pod())
    assert console.get("pod", "demo")["spec"]["containers"][0]["resources"] == {
        "limits": {"cpu": "800m"}, "requests": {"cpu": "800m"},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("resources", "words"),
    [
        ({"limits": {"cpu": "1500m"}, "requests": {"cpu": "500m"}},
         "maximum cpu usage per Container is 800m, but limit is 1500m"),
        ({"limits": {"cpu": "800m"}, "requests": {"cpu": "100m"}},
         "minimum cpu usage per Container is 200m, but request is 100m"),
    ],
)  # fmt: skip
def test_what_is_beyond_is_refused(console, resources, words):
    console.apply(limits(max={"cpu": "800m"}, min={"cpu": "200m"}))
    console.write("pod.yaml", yaml.safe_dump(pod(**resources)))
    assert console.fails("kubectl create -f pod.yaml") == (
        f'Error from server (Forbidden): error when creating "pod.yaml": pods "demo" is forbidden: {words}\n'
    )


def test_claims_have_limits_too(console):
    console.apply(limits("PersistentVolumeClaim", max={"storage": "2Gi"}, min={"storage": "1Gi"}))
    console.write("claim.yaml", yaml.safe_dump({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "big"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "5Gi"}}}}))  # fmt: skip
    assert "maximum storage usage per PersistentVolumeClaim is 2Gi, but request is 5Gi" in console.fails(
        "kubectl create -f claim.yaml"
    )


def test_a_workload_is_told_in_its_events(console):
    console.apply(limits(max={"cpu": "800m"}))
    console.ok("kubectl create deployment web --image=nginx")
    console.advance(3)
    console.ok("kubectl set resources deployment web --limits=cpu=2")
    console.advance(3)
    assert "maximum cpu usage per Container is 800m, but limit is 2" in console.ok("kubectl get events")


def test_other_namespaces_are_free(console):
    console.apply(limits(max={"cpu": "800m"}))
    console.ok("kubectl create namespace other; kubectl -n other run free --image=nginx")
    console.advance(2)
    assert "limits" not in console.get("pod", "free", "other")["spec"]["containers"][0]["resources"]
